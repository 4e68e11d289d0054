"""How the page looks: one column, the system's own letters, few colours, light, dark and paper.

Every pair of text and ground has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3) in both
schemes; what a colour tells, a shape or a word tells as well.
"""

_COLOURS = """
:root{color-scheme:light dark;--ground:#f7f6f2;--card:#fff;--ink:#22262b;--soft:#565d66;
--rule:#dcd9d1;--accent:#0a6a6c;--tint:#e4f0ee;--lost:#b23a17;--good:#3d8069;--warn:#8a5a00;
--band:#b9d9d6;--shade:#f6ddd2}
@media (prefers-color-scheme:dark){:root{--ground:#14171a;--card:#1c2024;--ink:#e8e6e1;
--soft:#a9b0b8;--rule:#383e45;--accent:#72c9c2;--tint:#1b302f;--lost:#f28b62;--good:#6fb898;
--warn:#e0b15a;--band:#2c5552;--shade:#4a2c20}}
"""

_TEXT = """
body{margin:0;background:var(--ground)}
.report{box-sizing:border-box;max-width:47rem;margin:0 auto;padding:1.5rem 1rem 4rem;
color:var(--ink);background:var(--ground);overflow-wrap:anywhere;
font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei",
"Noto Sans CJK SC","Noto Sans SC","WenQuanYi Zen Hei",sans-serif}
.report *{box-sizing:border-box}
.report h1,.report h2,.report h3{line-height:1.3;margin:0;font-weight:600;text-wrap:balance}
.report h1{font-size:1.05rem;color:var(--soft)}
.report h2{font-size:1.15rem;margin-bottom:.75rem}
.report h3{font-size:1.02rem}
.report p{margin:.35rem 0}
.report ul{margin:.35rem 0;padding-left:1.2rem}
.report section,.report footer{margin-top:2.75rem}
.report .when{color:var(--soft);margin:0;font-variant-numeric:tabular-nums}
.report .headline{font-size:1.65rem;line-height:1.3;font-weight:650;margin:1rem 0 .25rem;
text-wrap:balance}
.report .change{font-size:1.05rem}
.report .facts,.report .small,.report .runner-up{color:var(--soft)}
.report .small{font-size:.88rem}
.report .label{font-size:.88rem;font-weight:600;margin-top:.75rem}
.report .demo{border:2px dashed var(--warn);color:var(--warn);border-radius:.5rem;
padding:.4rem .8rem;margin:0 0 1.25rem}
.report .card{background:var(--card);border:1px solid var(--rule);border-radius:.75rem;
padding:1rem 1.15rem;margin-top:1rem}
.report .card>h2{font-size:.9rem;color:var(--soft);margin:0}
.report .card+.card{margin-top:.85rem}
.report .action{background:var(--tint);border-color:var(--accent)}
.report .big{font-size:1.3rem;line-height:1.35;font-weight:600;margin:.1rem 0 .25rem}
.report .others{display:flex;flex-wrap:wrap;gap:.1rem 1.25rem;list-style:none;padding:0;
font-size:.92rem}
.report code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
background:var(--ground);border:1px solid var(--rule);border-radius:.3rem;padding:.05rem .35rem}
.report details{margin-top:.6rem}
.report summary{cursor:pointer;color:var(--accent);padding:.35rem 0}
.report .incidents>details{border-top:1px solid var(--rule);margin:0}
.report .incidents>details>summary{color:var(--ink)}
.report .card+details{margin-top:1rem}
.report :focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.25rem}
.report .table{overflow-x:auto}
.report table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;
min-width:100%;overflow-wrap:normal}
.report caption{text-align:left;color:var(--soft);padding:.25rem 0}
.report th,.report td{text-align:left;vertical-align:top;padding:.3rem .9rem .3rem 0;
border-bottom:1px solid var(--rule);font-weight:400;min-width:3.5rem;max-width:16rem}
.report thead th{font-weight:600;color:var(--soft);font-size:.85rem}
.report .evidence ul{list-style:none;padding:0}
.report .evidence li{padding-left:1.4rem;position:relative}
.report .evidence li::before{position:absolute;left:0;font-weight:700}
.report .for li::before{content:"+";color:var(--good)}
.report .against li::before{content:"\\2212";color:var(--lost)}
.report .factor{margin-bottom:1.1rem}
"""

_PICTURES = """
.report svg{display:block;width:100%;overflow:visible}
.report svg *{vector-effect:non-scaling-stroke}
.report svg path{fill:none}
.report .plot{font-size:.78rem;color:var(--soft);font-variant-numeric:tabular-nums}
.report .row{display:grid;grid-template-columns:4.2rem minmax(0,1fr) 4.8rem;gap:.6rem;
align-items:center;margin-bottom:.4rem}
.report .strip{height:1.5rem;background:var(--card);overflow:hidden;border-radius:.2rem}
.report .amount{color:var(--ink)}
.report .day,.report .amount{white-space:nowrap}
.report .hours,.report .week-axis{display:flex;justify-content:space-between}
.report .week-axis span{flex:1;overflow:hidden;white-space:nowrap}
.report .up{fill:var(--good)}
.report rect.lost,.report path.lost{fill:var(--lost)}
.report .unseen{fill:var(--ground)}
.report .strip .unseen,.report .close-up .unseen{fill:var(--card)}
.report .hatch{stroke:var(--soft);stroke-width:1;opacity:.55}
.report .heat-grid{display:grid;grid-template-columns:2.2rem minmax(0,1fr);gap:.2rem .4rem}
.report .heat-grid .names,.report .close-grid .names{display:flex;flex-direction:column;
justify-content:space-around}
.report svg.heat{height:11rem}
.report .heat .cell{fill:var(--rule);opacity:.55}
.report figure{margin:1.1rem 0 0}
.report figcaption{margin-bottom:.5rem;font-size:.9rem;font-weight:600}
.report .leg-grid{display:grid;grid-template-columns:3rem minmax(0,1fr);gap:.2rem .5rem}
.report svg.latency{height:9.4rem;overflow:hidden}
.report .ticks{display:flex;flex-direction:column;justify-content:space-between;
height:calc(6.9rem + 1em);text-align:right;line-height:1;margin-top:-.5em}
.report .rule{stroke:var(--rule);stroke-width:1}
.report svg .band{fill:var(--band)}
.report .median{stroke:var(--accent);stroke-width:1.6}
.report .pole{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3}
.report .head{stroke:var(--ink);stroke-width:7;stroke-linecap:round}
.report .cursor{stroke:var(--accent);stroke-width:2}
.report .close-grid{display:grid;grid-template-columns:5.5rem minmax(0,1fr);gap:.2rem .5rem;
margin-top:.75rem}
.report .close-grid .names{line-height:1.15}
.report .close-grid .names span{flex:1;display:flex;align-items:center;min-height:0}
.report .down{fill:var(--shade)}
.report .edge{stroke:var(--lost);stroke-width:1.5}
.report .turned{stroke:var(--warn);stroke-width:1.5;stroke-dasharray:5 3}
.report .reply{stroke:var(--good);stroke-width:4;stroke-linecap:round}
.report svg path.dot.lost{stroke:var(--lost);stroke-width:1.6;fill:none}
.report svg path.wrong{fill:var(--warn)}
.report .unmeasured{stroke:var(--soft);stroke-width:1.5}
.report svg.interval{width:15rem;max-width:100%;height:1.5rem;margin:.25rem 0}
.report .times{display:flex;justify-content:space-between;width:15rem;max-width:100%;
font-size:.75rem;color:var(--soft)}
.report .once{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:3 3}
.report .range{stroke:var(--accent);stroke-width:2}
.report svg .estimate{fill:var(--accent)}
.report .key{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;list-style:none;padding:0;
font-size:.82rem;color:var(--soft);margin-top:.6rem}
.report .key li{display:flex;align-items:center;gap:.4rem}
.report .swatch{display:inline-block;width:1.1rem;height:.8rem;flex:none;text-align:center;
line-height:.8rem;font-weight:700}
.report .k-up,.report .k-median{height:.25rem;background:var(--good)}
.report .k-median{background:var(--accent)}
.report .k-lost{background:var(--lost)}
.report .k-unseen{border:1px solid var(--rule);
background:repeating-linear-gradient(115deg,var(--soft) 0 1px,var(--card) 1px 5px)}
.report .k-fill{width:.8rem;background:linear-gradient(var(--rule) 50%,var(--lost) 50%)}
.report .k-band{background:var(--band)}
.report .k-loss{height:.45rem;width:.45rem;background:var(--lost)}
.report .k-mark,.report .k-reply{width:.5rem;height:.5rem;border-radius:50%;background:var(--ink)}
.report .k-reply{background:var(--good)}
.report .k-cross::before{content:"\\00d7";color:var(--lost)}
.report .k-triangle::before{content:"\\25b2";color:var(--warn);font-size:.7rem}
.report .k-down{background:var(--shade);border-left:2px solid var(--lost)}
.report .swatch.k-turned{width:0;border-left:2px dashed var(--warn)}
.report .readout{min-height:1.6em;font-size:.88rem;margin:.1rem 0 0}
.report .zoom{display:flex;flex-wrap:wrap;gap:.35rem}
.report .zoom button{font:inherit;font-size:.85rem;min-height:2rem;padding:.1rem .6rem;
color:var(--ink);background:var(--card);border:1px solid var(--soft);border-radius:1rem;
cursor:pointer}
.report .zoom button[aria-pressed=true]{background:var(--accent);color:var(--card);
border-color:var(--accent)}
.report [hidden]{display:none}
"""

_ROWS = "".join(f".report .rows-{n}{{height:{n * 1.6:.1f}rem}}\n" for n in range(8))
_TALL_ROWS = "".join(
    f".report .rows-{n},.report .rows-{n}-names{{height:{n * 2.3:.1f}rem}}\n" for n in range(8)
)

_NARROW = """
@media (max-width:30rem){.report{padding-top:1rem}.report .headline{font-size:1.45rem}
.report section{margin-top:2.25rem}
.report .row{grid-template-columns:3.9rem minmax(0,1fr) 4.9rem;gap:.35rem}
.report .close-grid{grid-template-columns:minmax(0,1fr);position:relative}
.report .close-grid .names{position:absolute;inset:0 0 auto}
.report .close-grid .names span{align-items:flex-start;font-size:.72rem}
.report .close-grid>span{display:none}
.report .reply{stroke-width:3}
"""

_PRINT = """
@media print{:root{--ground:#fff;--card:#fff;--ink:#000;--soft:#444}
.report{max-width:none;padding:0}.report .zoom,.report .readout{display:none}
.report .card,.report figure,.report .plot{break-inside:avoid}
.report svg,.report .swatch{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def style() -> str:
    """Return the style sheet; everything is below `.report`, but for the colours."""
    narrow = _NARROW + _TALL_ROWS + "}\n"
    return _COLOURS + _TEXT + _PICTURES + _ROWS + narrow + _PRINT
