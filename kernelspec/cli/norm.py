"""`kernelspec norm`: is a function in the RKHS of a kernel on the sphere, and what is its norm?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parser import Parser, add_digits, add_dimension, add_formats, add_kernel

if TYPE_CHECKING:
    from argparse import Namespace

MEMBER, NO_MEMBER, UNDECIDED = 0, 1, 2
_STATUS = """
    0: the function is in the RKHS. 1: it is not. 2: not decided. 3: bad input, or an error, which one line on stderr
    explains. 130: interrupted.
"""


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "norm",
        """
        The norm of a function on the sphere S^(D-1) in the RKHS of a kernel, infinite where the function is proved not
        to be in it, and why. FUNCTION is a sum of multiples of

          polynomials in x1, x2, ...: x1**2*x2 - x3
          functions of x1: relu(2), abs_power(3), step(1/2)
          kernels, in the place of these: ntk(3)
          all along a unit vector: ridge(relu(2), (3/5, 4/5))

        relu(s) is max(0, u)^s, abs_power(s) is |u|^s, step(t) is 1 where u >= t and 0 elsewhere. With --digits the norm
        is an enclosure, proved in ball arithmetic.
        """,
        [
            "kernelspec norm 'ntk(3)' 'relu(6)' --dim 10",
            "kernelspec norm 'ntk(3)' 'x1**2*x2 - x3' --dim 3 --digits 30",
            "kernelspec norm 'ntk(2)' 'x1**3' --dim 4 --proof || echo not in the RKHS",
            "kernelspec norm 'ntk(3)' 'relu(6)' --dim 4 --plot",
        ],
        _STATUS,
    )
    add_kernel(made)
    made.add_argument("function", metavar="FUNCTION", help="a function on the sphere: see above")
    add_dimension(made)
    add_digits(made, "enclose the norm to N digits, from 1 to 200", 200)
    made.add_argument("--proof", action="store_true", help="print the steps of the proof as well")
    add_formats(made, "plot how near functions of smaller norms come, in L2", save=False)
    return made.finished()


def run(options: Namespace) -> int:
    """Print the norm, and why there is one or none."""
    from .output import Answer, check_files, give

    check_files(options)
    import kernelspec as ks
    from kernelspec.results.value_text import short_text
    from kernelspec.rkhs import parse
    from kernelspec.views.spaces import radii_of

    space = ks.parse(options.kernel).rkhs(options.dim)
    function = parse(options.function, options.dim)
    found = space.contains(function)
    norm = space.norm(function, digits=options.digits) if found.member is not None else None
    row = {
        "function": repr(function),
        "kernel": space.kernel,
        "d": space.d,
        "member": found.member,
        "norm": norm,
        "why": found.why,
    }
    answer = {True: "in the RKHS of", False: "not in the RKHS of", None: "not known to be in the RKHS of"}[found.member]
    text = f"{function!r} is {answer} {space.kernel!r} on S^{space.d - 1}.\n{found.why}"
    if norm is not None:
        text += f"\nnorm = {short_text(norm, options.digits or 15)}"
    steps = found.proof if options.proof else ()
    text += "".join(f"\n{number}. {step}" for number, step in enumerate(steps, 1))
    facts: dict[str, object] = {**row, "digits": options.digits}
    if options.proof:
        facts["proof"] = list(steps)
    status = {True: MEMBER, False: NO_MEMBER, None: UNDECIDED}[found.member]
    table = ks.Table([row], caption=f"A norm in the RKHS of {space.kernel!r} on S^{space.d - 1}", digits=15)
    answered = Answer(
        table,
        text=text,
        facts=facts,
        draw=lambda: space.approximation(function, radii_of(space, function)).plot(),
        result=table,
        status=status,
    )
    return give(options, answered, "norm")
