"""`cite`: the papers of kernels, of results and what they hold, and of the software itself."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import kernelspec as ks
from kernelspec import ckn, stax
from kernelspec.citations.software import software_bibtex

ROOT = Path(__file__).resolve().parents[2]


def keys(*things: Any) -> set[str]:
    return {paper.key for paper in ks.cite(*things).papers}


# The paper that introduced a kernel, or without which its users would not have it.
KERNELS = {
    "arccos(2)": "cho2009kernel",
    "rf(3)": "cho2009kernel",
    "rf(3, degree=0)": "bietti2021deep",
    "ntk(3)": "jacot2018neural",
    "ntk(2, bias=True)": "bietti2021deep",
    "mlp(3, slope=1/5)": "lee2018deep",
    "resnet(3)": "huang2020why",
    "laplace()": "chen2021deep",
    "matern(5/2)": "stein1999interpolation",
    "rational_quadratic(1/2)": "rasmussen2006gaussian",
    "cauchy(1/2, 1, 1/2)": "gneiting2004stochastic",
    "dual('gelu')*rf(2) + dual('tanh')": "daniely2016toward",
    "piecewise('0 if x < 1; x - 1')": "daniely2016toward",
}


@pytest.mark.parametrize(("text", "key"), KERNELS.items())
def test_a_kernel_names_its_paper(text: str, key: str) -> None:
    assert key in keys(ks.parse(text))


def test_a_kernel_names_no_paper_of_another_family() -> None:
    assert keys(ks.matern(2.5)) == {"rasmussen2006gaussian", "stein1999interpolation"}
    assert keys(ks.linear(), ks.exponential()) == set()
    assert keys(ks.cauchy(0.5) + ks.matern(2.5)) == keys(ks.cauchy(0.5)) | keys(ks.matern(2.5))


def test_a_spectrum_names_the_routes_that_were_read() -> None:
    s = ks.dual("tanh").spectrum(3)
    assert "azevedo2015eigenvalues" not in keys(s)
    assert s[2] == s[2] and "azevedo2015eigenvalues" in keys(s)  # by its Taylor series
    (row,) = [row for row in ks.cite(s).table() if row["key"] == "azevedo2015eigenvalues"]
    assert s.method(3) in row["for"]
    assert keys(ks.ntk(2).spectrum(3).certified(2, 10)) == {"johansson2017arb"}


def test_a_verdict_names_its_theorem_and_both_kernels() -> None:
    kernel, other = ks.ntk(3), ks.laplace()
    found = keys(ks.same_rkhs(kernel, other, 4))
    assert found >= keys(kernel) | keys(other) | {"bietti2021deep"}
    assert {"chen2021deep", "geifman2020similarity"} <= found


def test_a_law_of_decay_names_its_theorem_and_a_rate_its_own() -> None:
    kernel = ks.exponential()  # which names none
    assert keys(kernel.decay(3)) == {"bietti2021deep", "szego1939orthogonal"}


def test_results_are_found_in_lists_and_dicts() -> None:
    network = ckn.Network([ckn.Layer(3, ks.exponential(0.6), pool=ckn.gaussian(2), stride=2)])
    assert {"mairal2016end", "bietti2019group", "bietti2019inductive"} <= keys({"a": [network]})
    assert keys([ks.matern(2.5)], (ks.cauchy(0.5),), {"k": ks.rf(2)}) == keys(ks.matern(2.5), ks.cauchy(0.5), ks.rf(2))
    looped: list[Any] = [ks.matern(2.5)]
    looped.append(looped)
    assert keys(looped) == keys(ks.matern(2.5))


def test_functions_classes_and_methods_are_things() -> None:
    assert "hanin2020finite" in keys(ks.learning.entry_variance)
    assert "bietti2022approximation" in keys(ckn.spectra.Model)
    assert "bietti2021deep" in keys(ks.ntk(3).decay)


def test_a_kernel_of_ones_own_names_its_papers_itself() -> None:
    @dataclass(frozen=True, repr=False)
    class Own(ks.Zonal):
        """The kernel of Cohen & Welling 2016."""

        bounded = True

        def text(self) -> str:
            return "own()"

    own, matern = Own(), ks.matern(2.5)
    assert keys(own) == {"cohen2016group"}
    for expression in (own + matern, own * matern, matern @ own, own @ (0.5 * matern)):
        assert keys(expression) == keys(own) | keys(matern)


@pytest.mark.parametrize("thing", [3, 1.5, "ntk(3)", None, [1.5], object(), len, int, [[None]], re])
def test_what_is_nothing_of_the_library_is_refused(thing: Any) -> None:
    with pytest.raises(TypeError, match="things must be kernels, .*; got builtins"):
        ks.cite(thing)

    with pytest.raises(TypeError, match="things must be kernels"):
        ks.cite(ks)


def test_without_docstrings_it_is_refused() -> None:
    script = "import kernelspec as ks\ntry: ks.cite()\nexcept ValueError as error: print(error)"
    done = subprocess.run([sys.executable, "-OO", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert "python -OO keeps none" in done.stdout, done.stderr


def test_the_software_is_cited_as_its_file_says() -> None:
    yaml = pytest.importorskip("yaml")
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    facts = yaml.safe_load(text)
    entry = software_bibtex()
    assert repr(ks.cite()) == entry and repr(ks.cite(ks.rf(2))).startswith(entry + "\n\n@")
    assert f"version = {{{ks.__version__}}}" in entry and "version" not in facts  # it stands in the package alone
    assert f"license = {{{facts['license']}}}" in entry and facts["abstract"].rstrip(".") in entry
    assert "author = {" + " and ".join(f"{{{each['name']}}}" for each in facts["authors"]) + "}" in entry
    # Papers that the file names for those who read no Python are those of the bibliography.
    for reference in facts["references"]:
        number = next(each["value"] for each in reference["identifiers"]).removeprefix("arXiv:")
        (paper,) = [paper for paper in ks.cite(ks.ntk(3).decay(3)).papers if paper.fields.get("eprint") == number]
        assert (paper.title, paper.year) == (reference["title"], str(reference["year"]))
        assert paper.families == tuple(each["family-names"] for each in reference["authors"])


def test_what_prints_is_bibtex_of_each_paper_once() -> None:
    text = repr(ks.cite(ks.ntk(3), ks.ntk(4), ks.laplace()))
    entries = re.findall(r"^@(\w+)\{(\w+),$", text, re.MULTILINE)
    assert entries[0] == ("software", "kernelspec") and len({key for _, key in entries}) == len(entries) > 4
    assert text.count("{") == text.count("}")


def test_a_method_names_the_papers_of_what_it_belongs_to() -> None:
    assert keys(ks.matern(2.5).gram) == keys(ks.matern(2.5))


def test_layers_name_the_papers_of_their_kernels() -> None:
    recursion = {"lee2018deep", "jacot2018neural", "novak2019bayesian", "arora2019exact"}
    assert keys(stax.Dense(3)) == recursion
    assert keys(stax.Erf()) == recursion | {"williams1997computing"}
    _, _, kernel_fn = stax.serial(stax.Dense(3), stax.ExpNormalized())
    assert keys(kernel_fn) >= recursion | {"shankar2020neural"}
