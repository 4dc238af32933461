import { z } from 'zod';
import { type TextColumn, TextColumnWriter, textAt } from './text-column.js';

/** One report of an aircraft that struck wildlife. */
export interface Strike {
  /** ISO 8601. */
  readonly date: string;
  readonly airport: string;
  readonly aircraft: string;
  readonly operator: string;
  readonly phase: string;
  readonly species: string;
  readonly damage: string;
  /** Whole dollars. */
  readonly costRepair: number;
  /** Whole dollars, repair included. */
  readonly costTotal: number;
  /** Indicated airspeed in knots; `null` when the report does not tell. 0 is a speed: the aircraft was parked. */
  readonly speedKnots: number | null;
}

const text = z.string().min(1, 'is empty');
const dollars = z
  .string()
  .regex(/^\d{1,12}$/, { error: 'is not a whole number of dollars', abort: true })
  .transform(Number);
const speed = z
  .string()
  .regex(/^(\d{1,4}(\.\d+)?)?$/, 'is neither a speed in knots nor empty')
  .transform((knots) => (knots === '' ? null : Number(knots)));

const columns = z.object({
  'Flight Date': z.iso.date('is not a date (YYYY-MM-DD)'),
  'Airport Name': text,
  'Aircraft Make Model': text,
  'Aircraft Airline Operator': text,
  'Phase of flight': text,
  'Wildlife Species': text,
  'Effect Amount of damage': text,
  'Cost Other': dollars,
  'Cost Repair': dollars,
  'Cost Total $': dollars,
  'Speed IAS in knots': speed,
});

/** The columns of the CSV that a strike is made from. */
export const STRIKE_COLUMNS = Object.keys(columns.shape) as readonly (keyof typeof columns.shape)[];

/** Makes a strike of a row of the CSV. */
export const strikeSchema = columns
  .refine((row) => row['Cost Other'] + row['Cost Repair'] === row['Cost Total $'], {
    path: ['Cost Total $'],
    message: 'is not the sum of the repair and other costs',
  })
  .transform((row): Strike => ({
    date: row['Flight Date'],
    airport: row['Airport Name'],
    aircraft: row['Aircraft Make Model'],
    operator: row['Aircraft Airline Operator'],
    phase: row['Phase of flight'],
    species: row['Wildlife Species'],
    damage: row['Effect Amount of damage'],
    costRepair: row['Cost Repair'],
    costTotal: row['Cost Total $'],
    speedKnots: row['Speed IAS in knots'],
  }));

/** Strikes by column, which is how the state of an execution holds them. */
export interface Strikes {
  readonly count: number;
  readonly date: TextColumn;
  readonly airport: TextColumn;
  readonly aircraft: TextColumn;
  readonly operator: TextColumn;
  readonly phase: TextColumn;
  readonly species: TextColumn;
  readonly damage: TextColumn;
  readonly costRepair: readonly number[];
  readonly costTotal: readonly number[];
  readonly speedKnots: readonly (number | null)[];
}

const TEXT_KEYS = ['date', 'airport', 'aircraft', 'operator', 'phase', 'species', 'damage'] as const;

/** Lays strikes out by column, one after the other. */
export class StrikesWriter {
  readonly #text = {
    date: new TextColumnWriter(),
    airport: new TextColumnWriter(),
    aircraft: new TextColumnWriter(),
    operator: new TextColumnWriter(),
    phase: new TextColumnWriter(),
    species: new TextColumnWriter(),
    damage: new TextColumnWriter(),
  };
  readonly #costRepair: number[] = [];
  readonly #costTotal: number[] = [];
  readonly #speedKnots: (number | null)[] = [];

  get count(): number {
    return this.#speedKnots.length;
  }

  add(strike: Strike): void {
    for (const key of TEXT_KEYS) this.#text[key].add(strike[key]);
    this.#costRepair.push(strike.costRepair);
    this.#costTotal.push(strike.costTotal);
    this.#speedKnots.push(strike.speedKnots);
  }

  strikes(): Strikes {
    return {
      count: this.count,
      date: this.#text.date.column(),
      airport: this.#text.airport.column(),
      aircraft: this.#text.aircraft.column(),
      operator: this.#text.operator.column(),
      phase: this.#text.phase.column(),
      species: this.#text.species.column(),
      damage: this.#text.damage.column(),
      costRepair: this.#costRepair,
      costTotal: this.#costTotal,
      speedKnots: this.#speedKnots,
    };
  }
}

/** Those that a condition holds for, by column again. */
export function filterStrikes(strikes: Strikes, condition: (strike: Strike) => boolean): Strikes {
  const writer = new StrikesWriter();
  for (const strike of eachStrike(strikes)) if (condition(strike)) writer.add(strike);
  return writer.strikes();
}

/** The strikes one by one, in the order of the file. */
export function* eachStrike(strikes: Strikes): Generator<Strike, void, undefined> {
  for (let row = 0; row < strikes.count; row += 1) {
    yield {
      date: textAt(strikes.date, row),
      airport: textAt(strikes.airport, row),
      aircraft: textAt(strikes.aircraft, row),
      operator: textAt(strikes.operator, row),
      phase: textAt(strikes.phase, row),
      species: textAt(strikes.species, row),
      damage: textAt(strikes.damage, row),
      costRepair: strikes.costRepair[row] ?? 0,
      costTotal: strikes.costTotal[row] ?? 0,
      speedKnots: strikes.speedKnots[row] ?? null,
    };
  }
}

/** Whether the report names what was struck. */
export function isIdentified(species: string): boolean {
  return !species.startsWith('Unknown');
}

/** Whether the report tells of damage to the aircraft. */
export function isDamaging(strike: Strike): boolean {
  return strike.damage !== 'None';
}
