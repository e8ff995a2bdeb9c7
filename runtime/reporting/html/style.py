"""How the page looks: light or dark as the reader has it, narrow or wide, on paper too.

The colours of tasks are those of Okabe and Ito, which readers with any of the common kinds of
colour blindness tell apart. No sign of the text means anything to HTML, so it is kept as it is.
"""

from __future__ import annotations

TASKS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
"""Colours of tasks in their order; those after the last begin anew, and their labels tell them apart."""

_COLOURS = "\n".join(f".t{at} {{ fill: {colour}; background: {colour}; }}" for at, colour in enumerate(TASKS))

STYLE = (
    """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --page: #ffffff;
  --tint: #f3f5f7; --good: #0072b2; --bad: #b54100; --band: #8c96a0; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --line: #3a424c;
  --page: #14181d; --tint: #1e242b; --good: #6cb8ee; --bad: #ff9a62; --band: #77818c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p { margin: .4rem 0; max-width: 50rem; }
.verdict { background: var(--tint); border-left: 4px solid var(--good); padding: .6rem .9rem;
  margin: .6rem 0; }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
caption { text-align: left; padding: .2rem 0; }
.wide { overflow-x: auto; }
table { margin: .5rem 0; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: middle;
  overflow-wrap: normal; }
thead th { vertical-align: bottom; font-weight: 600; }
tbody th { font-weight: 600; }
.number { text-align: right; }
td { white-space: nowrap; }
.cards td { white-space: normal; }
.control th, .control td { color: var(--soft); font-weight: 400; }
.better { color: var(--good); font-weight: 600; }
.worse { color: var(--bad); font-weight: 600; }
.drawn { width: 16rem; min-width: 11rem; }
svg { display: block; width: 100%; overflow: visible; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .quiet { fill: var(--soft); }
.zero { stroke: var(--soft); }
.gain { stroke: var(--soft); stroke-dasharray: 3 3; }
.whisker { stroke: var(--ink); stroke-width: 2; }
.dot { fill: var(--ink); }
.whisker.better { stroke: var(--good); } .dot.better { fill: var(--good); }
.whisker.worse { stroke: var(--bad); } .dot.worse { fill: var(--bad); }
.whisker.described { stroke: var(--soft); }
.dot.described { fill: var(--page); stroke: var(--soft); stroke-width: 2; }
figure { margin: .8rem 0 1.6rem; break-inside: avoid; }
.area { stroke: var(--page); stroke-width: 1; vector-effect: non-scaling-stroke; }
.band { fill: var(--band); }
.frame { fill: var(--tint); stroke: var(--line); }
.stage { stroke: var(--ink); stroke-dasharray: 2 3; }
.halo { paint-order: stroke; stroke: var(--page); stroke-width: 4; stroke-linejoin: round; }
.legend { list-style: none; margin: .3rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
.swatch { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px; }
.notes li { margin: .25rem 0; }
dt { font-weight: 600; margin-top: .6rem; } dd { margin: 0 0 0 1rem; white-space: pre-line; }
@media (max-width: 44rem) {
  body { padding: .7rem; font-size: 14px; }
  .cards thead { display: none; }
  .cards, .cards caption, .cards tbody, .cards tr, .cards th, .cards td { display: block; width: auto; }
  .cards tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  .cards th, .cards td { border: 0; padding: .1rem 0; text-align: left; white-space: normal; }
  .cards td { display: flex; gap: .6rem; }
  .cards td::before { content: attr(data-head); color: var(--soft); flex: 0 0 11rem; }
  .cards .drawn { display: block; padding: .3rem 0; } .cards .drawn::before { display: none; }
}
@media print { body { max-width: none; font-size: 11px; padding: 0; } h2 { break-after: avoid; }
  tr { break-inside: avoid; } .wide { overflow: visible; }
  .band, .area, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
    + _COLOURS
    + "\n"
)
