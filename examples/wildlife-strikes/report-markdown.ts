import { count, dollars, percent, share } from './figures.js';
import type { StrikeReport } from './report.js';

const TOP = 10;
const TALLY = ['Strikes', 'Share', 'Damaging', 'Cost'].map((name): Column => ({ name, isFigure: true }));

/** The report for people. */
export function reportMarkdown(report: StrikeReport): string {
  return [
    `# ${report.title}`,
    headline(report),
    '## Data quality',
    dataQuality(report),
    '## Species',
    species(report),
    '## Airports',
    airports(report),
    '## Phase of flight',
    phases(report),
    '## Costs',
    costs(report),
    '---',
    `Made by execution \`${report.executionId}\`. Every step that led here is in the log: \`waymark show ${report.executionId}\`.`,
    '',
  ].join('\n\n');
}

function headline({ quality, byAirport, byPhase, bySpecies, repairCost }: StrikeReport): string {
  const [phase] = byPhase;
  const named = bySpecies.find((summary) => summary.identified);
  const topCost = repairCost.mostExpensive.reduce((sum, strike) => sum + strike.costTotal, 0);
  const sentences = [
    `**${count(quality.rowsUsed)} reported strikes at ${byAirport.length} airports cost ${dollars(repairCost.costTotal)}.**`,
    phase === undefined
      ? ''
      : `${percent(phase.share)} of them happened in one phase of flight: ${phase.phase.toLowerCase()}.`,
    named === undefined ? '' : `The species named most often is ${named.species} (${count(named.strikes)} strikes).`,
    repairCost.costTotal === 0
      ? ''
      : `The ${repairCost.mostExpensive.length} most expensive strikes make up ${percent(topCost / repairCost.costTotal)} of all costs.`,
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function dataQuality({ source, validation, quality }: StrikeReport): string {
  const unknownDamage = Object.entries(validation.unknownDamage).map(([code, rows]) => `${code} (${count(rows)})`);
  const facts = table(
    [text(''), text('')],
    [
      ['Source', `${source.name}, ${count(source.bytes)} bytes`],
      ['SHA-256', `\`${source.sha256}\``],
      ['Rows', count(validation.rows)],
      ['Invalid rows, left out', count(validation.invalid)],
      [
        'Rows that name no species',
        `${count(validation.unidentified)} (${percent(validation.unidentified / validation.valid)})`,
      ],
      ['Rows that repeat another word for word, kept', count(validation.repeated)],
      ['Rows with an unexplained damage code, counted as damaged', unknownDamage.join(', ') || 'none'],
      [
        'Rows without a speed',
        `${count(quality.missingSpeed)} (${percent(quality.missingSpeedShare)}), **${quality.treatment === 'kept' ? 'kept' : 'left out'}**; the limit was ${percent(quality.limit)}`,
      ],
      ['**Rows that this report is made from**', `**${count(quality.rowsUsed)}**`],
    ],
  );
  const samples = validation.invalidSamples.map(({ row, issues }) => `- row ${row}: ${plain(issues.join('; '))}`);
  const invalid = samples.length === 0 ? '' : `\n\nThe first invalid rows:\n\n${samples.join('\n')}`;
  const bias =
    quality.treatment === 'kept'
      ? 'Speeds are medians over the rows that have one; every other figure counts all rows.'
      : `Counts and costs leave out ${count(quality.missingSpeed)} strikes that did happen: compare shares, not totals.`;
  return `${facts}${invalid}\n\n${bias} A cost of 0 stands for "not reported" as well as for "none".`;
}

function species({ bySpecies }: StrikeReport): string {
  const columns = [text('Species'), ...TALLY];
  const rows = (summaries: StrikeReport['bySpecies']): string[][] =>
    summaries.map((summary) => [
      plain(summary.species),
      count(summary.strikes),
      share(summary.share),
      count(summary.damaging),
      dollars(summary.costTotal),
    ]);
  const named = bySpecies.filter((summary) => summary.identified).slice(0, TOP);
  const costly = bySpecies.filter((summary) => summary.costTotal > 0).toSorted((a, b) => b.costTotal - a.costTotal);
  return [
    'Struck most often, of those that reports name:',
    table(columns, rows(named)),
    'Most expensive, unidentified birds included:',
    table(columns, rows(costly.slice(0, TOP))),
  ].join('\n\n');
}

function airports({ byAirport }: StrikeReport): string {
  const rows = byAirport
    .slice(0, TOP)
    .map((summary) => [
      plain(summary.airport),
      count(summary.strikes),
      share(summary.share),
      count(summary.damaging),
      dollars(summary.costTotal),
      plain(summary.topSpecies ?? '–'),
    ]);
  const note = `The ${rows.length} with most reports, of ${byAirport.length}. An airport that reports well ranks high.`;
  return `${note}\n\n${table([text('Airport'), ...TALLY, text('Most struck species')], rows)}`;
}

function phases({ byPhase }: StrikeReport): string {
  return table(
    [text('Phase'), ...TALLY, figure('With speed'), figure('Median speed')],
    byPhase.map((summary) => [
      plain(summary.phase),
      count(summary.strikes),
      share(summary.share),
      count(summary.damaging),
      dollars(summary.costTotal),
      count(summary.withSpeed),
      summary.medianSpeedKnots === null ? '–' : `${summary.medianSpeedKnots} kn`,
    ]),
  );
}

function costs({ repairCost, quality }: StrikeReport): string {
  const totals = table(
    [text(''), text('')],
    [
      [
        'Strikes with a cost',
        `${count(repairCost.reportsWithCost)} (${percent(repairCost.reportsWithCost / quality.rowsUsed)})`,
      ],
      ['Repair', dollars(repairCost.costRepair)],
      ['Other', dollars(repairCost.costOther)],
      ['**Total**', `**${dollars(repairCost.costTotal)}**`],
      ['Median of those with a cost', repairCost.medianCost === null ? '–' : dollars(repairCost.medianCost)],
    ],
  );
  const strikes = table(
    [...['Date', 'Airport', 'Aircraft', 'Operator', 'Phase', 'Species'].map(text), figure('Cost')],
    repairCost.mostExpensive.map((strike) => [
      strike.date,
      plain(strike.airport),
      plain(strike.aircraft),
      plain(strike.operator),
      plain(strike.phase),
      plain(strike.species),
      dollars(strike.costTotal),
    ]),
  );
  return repairCost.mostExpensive.length === 0 ? totals : `${totals}\n\nThe most expensive strikes:\n\n${strikes}`;
}

interface Column {
  readonly name: string;
  readonly isFigure: boolean;
}

const text = (name: string): Column => ({ name, isFigure: false });
const figure = (name: string): Column => ({ name, isFigure: true });

/** A Markdown table, its figures flush right. */
function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map((column) => column.name)),
    line(columns.map((column) => (column.isFigure ? '---:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}

/** Text of the data, so that Markdown takes none of it for markup: `US AIRWAYS*`. */
function plain(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, String.raw`\$&`);
}
