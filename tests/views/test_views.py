"""What a person looks at: plots, HTML and LaTeX of every result, and texts that say what is there."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from expressions import exact_kernels, untyped
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups, recovery, stability
from kernelspec.ckn.stability.norms import norm
from kernelspec.regression import ridge_path
from kernelspec.results.tables import Table
from kernelspec.spectrum.eigenvalue_arrays import PrecisionWarning
from kernelspec.views import drawing, markup
from kernelspec.views.spectra import plotted_degrees

ROOT = Path(__file__).resolve().parents[2]


@lru_cache
def results() -> dict[str, Any]:
    """Results that have tables, and most of them plots and looks."""
    k = ks.ntk(3)
    relu = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(1, centred=True), stride=2)] * 2)
    turning = groups.Network(groups.cyclic(4), [groups.Layer(3, ks.dual("gelu").normalized())], output="orbit")
    tau = stability.field((9, 9), grad=0.1)
    return {
        "kernel": k,
        "spectrum": k.spectrum(5),
        "expansion": k.expand(terms=4),
        "expansion at -1": ks.rf(3).expand(at=-1, terms=3),
        "expansion in sigma": k.expand(terms=3).in_sigma(),
        "decay": k.decay(5),
        "decay without a power": ks.exponential().decay(4),
        "vanishing decay": ks.arccos(1).decay(4),
        "verdict": ks.same_rkhs(k, ks.laplace(), 4),
        "other verdict": ks.same_rkhs(ks.ntk(2), k, 4),
        "undecided": ks.same_rkhs(ks.dual("erf"), ks.network("gabor"), 4),
        "verdict without constants": ks.same_rkhs(ks.mlp(3, activation="elu", tangent=True), ks.matern(1.5), 4),
        "network": relu,
        "group network": turning,
        "shapes": relu.shapes((1, 16, 16, 1)),
        "shapes on a group": turning.shapes((1, 9, 9, 1)),
        "shapes of signals": relu.shapes((1, 16, 1)),
        "field": tau,
        "field of signals": stability.field((32,), grad=0.5),
        "bound": stability.bound(relu, tau),
        "norm": norm(np.diag([3.0, 2.0])),
        "readout": recovery.readout(relu, (1, 28, 28, 1)),
        "lossy readout": recovery.readout(ckn.Network([ckn.Layer(1, ks.arccos(1), ckn.strided(), 3)]), (1, 9, 1)),
        "path": ridge_path(np.eye(3) + 1, [1.0, 2.0, 3.0], [0.1, 1.0, 0.01]),
    }


# By name: they are computed when the first test needs one, not while tests are collected.
NAMES = (
    "kernel",
    "spectrum",
    "expansion",
    "expansion at -1",
    "expansion in sigma",
    "decay",
    "decay without a power",
    "vanishing decay",
    "verdict",
    "other verdict",
    "undecided",
    "verdict without constants",
    "network",
    "group network",
    "shapes",
    "shapes on a group",
    "shapes of signals",
    "field",
    "field of signals",
    "bound",
    "norm",
    "readout",
    "lossy readout",
    "path",
)
UNPLOTTED = ("network", "group network", "norm")  # they have a diagram, a number
AS_TEXT = ("kernel", "norm", *(name for name in NAMES if name.startswith(("expansion", "decay"))))
PLOTTED = [name for name in NAMES if name not in UNPLOTTED]
IN_HTML = [name for name in NAMES if name not in (*AS_TEXT, "vanishing decay")]
IN_LATEX = [name for name in NAMES if not name.startswith("shapes") and name != "path"]


def test_every_result_has_a_table_and_looks() -> None:
    missing = {name for name, x in results().items() if not hasattr(x, "table")}
    assert not missing
    assert list(results()) == list(NAMES)
    for chosen, method in ((PLOTTED, "plot"), (IN_HTML, "_repr_html_"), (IN_LATEX, "_repr_latex_")):
        assert [name for name, x in results().items() if hasattr(x, method)] == chosen
    assert {"spectrum", "verdict", "network", "bound", "readout", "field", "path"} <= set(IN_HTML)
    assert {"kernel", "expansion", "decay", "verdict", "network", "bound", "readout"} <= set(IN_LATEX)


@pytest.mark.parametrize("name", NAMES)
def test_tables_are_written_and_read(name: str) -> None:
    table = results()[name].table()
    assert isinstance(table, Table) and len(table) and table.caption
    assert table.to_csv().count("\n") >= len(table) and "\\bottomrule" in table.to_latex()
    ET.fromstring(table._repr_html_())


# -- plots -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLOTTED)
def test_plots_draw_without_a_trace(name: str) -> None:
    result, settings_before = results()[name], dict(matplotlib.rcParams)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", PrecisionWarning)  # of tanh's small eigenvalues
        seen = []
        for asymptote in (None, True, False):
            ax: Any = result.plot(asymptote=asymptote)
            assert isinstance(ax, Axes) and ax.has_data() or ax.patches
            lines = len(ax.lines), len(ax.figure.findobj(matplotlib.text.Text))
            if lines not in seen:  # the same picture is drawn once
                assert ax._repr_png_().startswith(b"\x89PNG")
                seen.append(lines)
    assert not plt.get_fignums() and dict(matplotlib.rcParams) == settings_before


@pytest.mark.filterwarnings("ignore::kernelspec.spectrum.eigenvalue_arrays.PrecisionWarning")
@pytest.mark.parametrize("name", PLOTTED)
def test_plots_take_axes_labels_and_keywords(name: str) -> None:
    result, figure = results()[name], Figure()
    ax: Any = figure.add_subplot()
    more = {"edgecolor": "#123456"} if name.startswith("shapes") else {"color": "#123456"}
    assert result.plot(ax, label="a label", **more) is ax
    said = [text.get_text() for text in ax.figure.findobj(matplotlib.text.Text)]
    quiver = [c.get_label() for c in ax.collections]
    assert any("a label" in text for text in [*said, *quiver])
    colours = [line.get_color() for line in ax.lines]
    colours += [c for bar in ax.patches for c in (bar.get_edgecolor(), bar.get_facecolor())]
    colours += [c for arrows in ax.collections for c in arrows.get_facecolor()]
    wanted = matplotlib.colors.to_rgb("#123456")
    assert any(matplotlib.colors.to_rgb(c) == wanted for c in colours)
    for wrong in (3, "ax", plt):
        with pytest.raises(TypeError, match="ax must be axes of matplotlib, or None; got"):
            result.plot(untyped(wrong))


def test_plots_on_one_axes_differ() -> None:
    for results_ in ([ks.ntk(2), ks.rf(2)], [ks.ntk(2).spectrum(3), ks.rf(2).spectrum(3)]):
        ax: Any = results_[0].plot()
        results_[1].plot(ax)
        colours = {line.get_color() for line in ax.lines if not line.get_label().startswith("_")}
        assert len(colours) == 2


def test_plot_of_a_kernel_is_the_kernel() -> None:
    k = ks.ntk(3)
    (line,) = untyped(k.plot()).lines
    u, y = line.get_data()
    assert u[0] == -1 and u[-1] == 1 and (y == k(np.asarray(u))).all()
    assert line.get_label() == "ntk(3)"
    ax: Any = k.plot(asymptote=True)
    for dotted, at in zip(ax.lines[1:], (1, -1), strict=True):
        x, y = dotted.get_data()
        assert np.allclose(y, [k.expand(at=at, terms=3)(1 - at * v) for v in x], rtol=1e-9)
    assert np.isfinite(untyped(ks.defect_power(-0.25).plot()).lines[0].get_ydata()).all()


def test_plot_of_a_spectrum_is_the_spectrum_and_its_law() -> None:
    s = ks.ntk(3).spectrum(4)
    ax: Any = s.plot(kmax=500)
    assert ax.get_xscale() == ax.get_yscale() == "log"
    points = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    laws = [line for line in ax.lines if line.get_label().startswith("_")]
    assert list(points) == ["ntk(3), d = 4, even k", "ntk(3), d = 4, odd k"] and len(laws) == 2
    for parity, (line, law) in enumerate(zip(points.values(), laws, strict=True)):
        k, mu = line.get_data()
        assert (k % 2 == parity).all() and k.max() >= 499 and (mu == s(k)).all()
        k, mu = law.get_data()
        assert (k % 2 == parity).all() and np.allclose(mu, s.kernel.decay(4).at(k), rtol=1e-14)
    assert not [x for x in untyped(s.plot(asymptote=False)).lines if x.get_label().startswith("_")]


def test_parities_that_vanish_and_values_below_0_are_drawn_honestly() -> None:
    labels = [line.get_label() for line in untyped(ks.arccos(1).spectrum(4).plot()).lines]
    assert "arccos(1), d = 4, odd k" in labels  # mu_1
    odd = next(x for x in untyped(ks.arccos(1).spectrum(4).plot()).lines if "odd" in x.get_label())
    assert list(odd.get_xdata()) == [1]
    negative: Any = (0 - ks.linear()).spectrum(3).plot()
    assert negative.lines[0].get_ydata()[0] == 1 / 3 and "\\mu_k|" in negative.get_ylabel()


def test_laws_that_are_not_there() -> None:
    own = ks.from_callable(np.exp, name="own").spectrum(4)
    smooth = ks.dual("tanh").spectrum(4)
    for s, reason in ((own, "function of your own"), (smooth, "asymptote must not be True")):
        assert s.plot(kmax=5)
        with pytest.raises(ValueError, match=reason):
            s.plot(asymptote=True, kmax=5)


def test_the_law_of_an_exponential_kernel_is_drawn() -> None:
    ax: Any = ks.exponential().spectrum(3).plot(kmax=40)
    for law in [line for line in ax.lines if line.get_label().startswith("_")]:
        k, mu = law.get_data()
        assert abs(mu[-1] / ks.exponential().spectrum(3)(k)[-1] - 1) < 0.02


def test_plot_of_a_decay_has_the_exponent_of_its_dimension() -> None:
    for d, power in ((4, "k^{4} \\mu_k"), (7, "k^{7} \\mu_k")):
        assert power in ks.ntk(3).decay(d).plot(kmax=20).get_ylabel()
    ax: Any = ks.ntk(3).decay(4).plot(kmax=3000)
    even = next(x for x in ax.lines if "even" in x.get_label())
    constants = [x.get_ydata()[0] for x in ax.lines if x.get_label().startswith("_")]
    assert constants == [14 / math.pi**2, 10 / math.pi**2]
    assert abs(even.get_ydata()[-1] / constants[0] - 1) < 0.01


def test_plots_beyond_the_floats_draw_eigenvalues_and_finite_limits() -> None:
    ax = ks.ntk(3).decay(400).plot(kmax=30)
    assert ax.get_ylabel() == r"eigenvalue $|\mu_k|$"
    assert all(np.isfinite(line.get_ydata()).all() for line in ax.get_lines())
    ax = ks.same_rkhs(ks.ntk(3), 2 * ks.ntk(3), 400).plot(kmax=5)
    assert [0.5, 0.5] in [np.asarray(line.get_ydata()).tolist() for line in ax.get_lines()]


def test_plot_of_a_verdict_lies_in_its_band() -> None:
    v = results()["verdict"]
    ax: Any = v.plot(kmax=300)
    low, high = ax.get_ylim()
    assert low <= v.lower and high >= v.upper
    edges = sorted({x.get_ydata()[0] for x in ax.lines if len(set(x.get_ydata())) == 1})
    assert v.lower in edges and v.upper in edges
    points = [line for line in ax.lines if not line.get_label().startswith("_")]
    one, two = v.kernel.spectrum(4), v.other.spectrum(4)
    for parity, line in enumerate(points):
        k, ratio = line.get_data()
        every = plotted_degrees(300)
        assert list(k) == list(every[every % 2 == parity])
        assert np.allclose(ratio, one(k) / two(k), rtol=1e-12)
        assert ((v.lower <= ratio) & (ratio <= v.upper)).all()
    limits = [float(getattr(v.kernel.decay(4), p) / getattr(v.other.decay(4), p)) for p in ("even", "odd")]
    assert all(min(abs(x - y) for x in edges) < 1e-12 for y in limits)
    assert not results()["other verdict"].plot().patches  # no band


def test_plot_of_an_expansion_is_drawn_against_its_kernel() -> None:
    series = ks.ntk(3).expand(terms=4)
    ax: Any = series.plot()
    kernel, line = ax.lines
    t, y = kernel.get_data()
    assert np.allclose(y, ks.ntk(3)(1 - t), rtol=1e-12) and ax.get_ylabel() == r"$\kappa(1 - t)$"
    assert np.allclose(line.get_ydata(), [series(v) for v in t])
    sigma: Any = series.in_sigma().plot()
    x, y = sigma.lines[0].get_data()
    assert np.allclose(y, ks.ntk(3)(1 - 2 * x**2), rtol=1e-12)
    assert sigma.get_ylabel() == r"$\kappa(1 - 2 \sigma^2)$"
    minus: Any = ks.rf(3).expand(at=-1, terms=3).plot()
    t, y = minus.lines[0].get_data()
    assert np.allclose(y, ks.rf(3)(-1 + t), rtol=1e-12, atol=1e-15)
    assert len((series + series).plot().lines) == 1  # of no kernel


def test_plot_of_a_field_shows_its_displacements() -> None:
    tau = results()["field"]
    (arrows,) = [c for c in tau.plot().collections if hasattr(c, "U")]
    moves = np.stack([arrows.V, arrows.U], axis=-1)
    u = arrows.get_offsets()[:, ::-1] + moves
    assert np.allclose(moves, tau(u)) and np.allclose(u, np.rint(u))
    ax: Any = results()["field of signals"].plot()
    u, y = ax.lines[0].get_data()
    assert np.allclose(y, results()["field of signals"](np.asarray(u)[:, None])[:, 0])


def test_bars_of_bounds_and_readouts() -> None:
    bound, readout = results()["bound"], results()["readout"]
    assert [bar.get_width() for bar in bound.plot().patches] == list(bound.terms.values())[::-1]
    heights = [bar.get_height() for bar in readout.plot().patches]
    assert heights == [*(stage.condition for stage in readout.stages), readout.condition]
    texts = [t.get_text() for t in results()["lossy readout"].plot().texts]
    assert texts == ["not injective"] * 2


@given(st.integers(1, 10**9))
@settings(max_examples=30)
def test_degrees_of_plots_are_few_and_of_both_parities(kmax: int) -> None:
    k = plotted_degrees(kmax)
    assert 1 == k[0] and k[-1] == kmax and len(k) <= 200 and (np.diff(k) > 0).all()
    assert kmax == 1 or abs(int((k % 2 == 0).sum()) - int((k % 2 == 1).sum())) <= 2


def test_axes_of_a_subfigure_and_saved_plots(tmp_path: Path) -> None:
    figure: Any = Figure()
    ax: Any = figure.subfigures(1, 2)[1].subplots()
    ks.ntk(2).plot(ax)
    for ending, start in ((".svg", b"<?xml"), (".pdf", b"%PDF"), (".png", b"\x89PNG")):
        drawing.save(ax, tmp_path / f"a{ending}")
        content = (tmp_path / f"a{ending}").read_bytes()
        assert content.startswith(start) and b"Date" not in content[:2000]
    with pytest.raises(ValueError, match=r"path must end in .svg or .pdf or .png; got .*a.gif"):
        drawing.save(ax, tmp_path / "a.gif")
    with pytest.raises(TypeError, match="figure must be a figure or axes of matplotlib; got int"):
        drawing.save(untyped(3), tmp_path / "a.svg")


def test_style_is_of_the_block_alone_and_gives_the_same_bytes() -> None:
    before = dict(matplotlib.rcParams)

    def made() -> dict[str, bytes]:
        with drawing.style("cm", 8):
            assert matplotlib.rcParams["font.size"] == 8
            return drawing.rendered(drawing.root_figure(ks.ntk(2).spectrum(3).plot()))

    assert made() == made() and dict(matplotlib.rcParams) == before
    for arguments, message in ((("x",), "font must be one of"), (("cm", 0), "size must be")):
        with pytest.raises(ValueError, match=message), drawing.style(*arguments):
            pass


# -- HTML and LaTeX ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IN_HTML)
def test_html_is_well_formed(name: str) -> None:
    text = results()[name]._repr_html_()
    tree = ET.fromstring(f"<div>{text}</div>")
    assert "".join(tree.itertext()).strip()
    assert not tree.findall(".//script") and "NaN" not in text


def plain(text: str) -> str:
    return " ".join("".join(ET.fromstring(f"<div>{text}</div>").itertext()).split())


def test_html_of_a_verdict_folds_its_proof() -> None:
    v = results()["verdict"]
    tree = ET.fromstring(f"<div>{v._repr_html_()}</div>")
    details = tree.find("details")
    assert details is not None and details.get("open") is None
    assert [li.text for li in details.findall("ol/li")] == v.proof.steps()
    assert v.why in plain(v._repr_html_()) and "the same RKHS" in plain(v._repr_html_())
    assert "<details>" not in results()["undecided"]._repr_html_()
    assert "undecided" in results()["undecided"]._repr_html_()


def test_html_of_a_spectrum_has_a_table_and_a_sparkline() -> None:
    s = ks.ntk(3).spectrum(5)
    tree = ET.fromstring(f"<div>{s._repr_html_()}</div>")
    svg = tree.find(".//{http://www.w3.org/2000/svg}svg")
    assert svg is not None and svg.get("aria-label") and len(svg.findall("{*}circle")) > 10
    rows = tree.findall(".//tbody/tr")
    assert len(rows) == 8 and rows[3].findall("td")[1].text == str(s.multiplicity(3))


@pytest.mark.parametrize(
    "spectrum",
    [
        ks.arccos(1).spectrum(3),
        ks.polynomial(0).spectrum(3),
        (0 * ks.linear()).spectrum(3),
        ks.from_callable(lambda u: np.exp(u), name="<b>&").spectrum(3),
        ks.exponential().spectrum(100),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore::kernelspec.spectrum.eigenvalue_arrays.PrecisionWarning")
def test_html_of_awkward_spectra(spectrum: Any) -> None:
    ET.fromstring(f"<div>{spectrum._repr_html_()}</div>")
    assert "<b>" not in spectrum._repr_html_()


def test_what_cannot_be_shown_says_why() -> None:
    def fail() -> str:
        raise ValueError("x < 3 & y")

    text = markup.shown(fail, "Spectrum")
    assert plain(text) == "SpectrumNot shown, because x < 3 & y."


def test_sparklines_leave_out_what_is_not_finite() -> None:
    inf, nan = math.inf, math.nan
    assert markup.sparkline([([1.0], [nan])], "x") == ""
    one = markup.sparkline([([1.0, 2.0, 3.0], [5.0, -inf, nan]), ([], [])], '"<&')
    assert len(ET.fromstring(one).findall("{*}circle")) == 1


@pytest.mark.parametrize("name", IN_LATEX)
def test_latex_is_balanced_and_drawn(name: str) -> None:
    text = results()[name]._repr_latex_()
    assert text.count("{") == text.count("}") and text.count("\\left") == text.count("\\right")
    if "tabular" not in text:
        MathTextParser("path").parse(text.replace("\\lvert", "|"))


@pytest.mark.parametrize("name", ["network", "group network"])
def test_latex_of_networks_in_full(name: str) -> None:
    text = results()[name].latex(full=True)
    lines = text.split("\n")[1:-1]
    assert len(lines) == 2 + 3 * len(results()[name].layers)
    for line in lines:
        assert line.count("&") == 1
        MathTextParser("path").parse(f"${line.removesuffix(chr(92) * 2).replace('&', '')}$")


# -- texts -----------------------------------------------------------------------------------------------


def test_text_of_a_decay_shows_its_constants() -> None:
    assert repr(ks.ntk(3).decay(4)).splitlines() == [
        "Decay of ntk(3) on S^3:",
        "  even k: mu_k ~ 14/pi**2 k^-4",
        "  odd k: mu_k ~ 10/pi**2 k^-4",
    ]
    assert "every k: mu_k ~ " in repr(ks.laplace().decay(4))
    assert "odd k: mu_k = 0 for k > 1" in repr(ks.arccos(1).decay(4))
    assert "falls faster than any power" in repr(ks.exponential().decay(4))
    assert "k^-(" in repr(ks.rf(3, degree=0).decay(4))
    assert "even k: mu_k ~ 3.55979e+864... k^-400" in repr(ks.ntk(3).decay(400))
    long = repr(ks.ntk(8).decay(5))
    assert "..." in long and max(map(len, long.splitlines())) < 80


def test_latex_of_an_expansion_says_of_what() -> None:
    series = ks.arccos(1).expand(terms=2)
    rest = r"1 - t + O\left(t^{3/2}\right)$"
    assert series._repr_latex_() == rf"$\kappa(1 - t) = {rest}"
    assert ks.rf(3).expand(at=-1)._repr_latex_().startswith(r"$\kappa(-1 + t) = ")
    assert series.in_sigma()._repr_latex_().startswith(r"$\kappa(1 - 2 \sigma^2) = ")
    assert (series + series)._repr_latex_().startswith("$2 - ")


def test_long_constants_are_exact_in_full() -> None:
    decay, series = ks.ntk(8).decay(5), ks.ntk(6).expand(at=-1, terms=4)
    for result in (decay, series):
        assert len(result.latex()) < 400 < 2 * len(result.latex(full=True))
        assert "\\ldots" in result.latex() and "\\ldots" not in result.latex(full=True)
        with pytest.raises(TypeError, match="full must be True or False, got 1"):
            result.latex(full=untyped(1))
    assert ks.ntk(3).decay(4).latex() == ks.ntk(3).decay(4).latex(full=True)


@settings(max_examples=12, deadline=None)
@given(exact_kernels(), st.integers(2, 9))
def test_decays_of_kernels_have_looks(k: ks.Zonal, d: int) -> None:
    try:
        decay = k.decay(d)
    except ValueError:
        return
    assert repr(decay).startswith("Decay of ") and len(repr(decay).splitlines()) <= 5
    MathTextParser("path").parse(decay._repr_latex_())


# -- what it costs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        ("ks.ntk(3).table(); ks.ntk(3).spectrum(4)._repr_html_(); ks.ntk(3).latex()", "matplotlib"),
        ("ks.save(ks.ntk(3), 'k.json'); ks.load('k.json')", "matplotlib"),
        ("ks.ntk(3).plot()", "matplotlib.pyplot"),
        ("ks.Table([{'a': 1}]).to_latex()", "sympy"),
        ("dir(ks), ks.ntk(3)", "kernelspec.results.records"),
    ],
)
def test_modules_are_loaded_when_they_are_needed(line: str, absent: str, tmp_path: Path) -> None:
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nimport kernelspec as ks\n{line}\n"
    script += f"sys.exit({absent!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    assert done.returncode == 0


def test_names_that_come_later() -> None:
    assert {"save", "load", "Table"} <= set(dir(ks)) and set(ks.__all__) <= set(dir(ks))
    with pytest.raises(AttributeError, match="module 'kernelspec' has no attribute 'nothing'"):
        untyped(ks).nothing  # noqa: B018
