import { eachStrike, isDamaging, isIdentified, type Strike, type Strikes } from './strike.js';

/** What every group of strikes tells. */
interface Tally {
  readonly strikes: number;
  /** Of all strikes, 0 to 1. */
  readonly share: number;
  readonly damaging: number;
  /** Whole dollars. */
  readonly costTotal: number;
}

export interface SpeciesSummary extends Tally {
  readonly species: string;
  /** Whether the reports name a species, or no more than the size of the bird. */
  readonly identified: boolean;
}

export interface AirportSummary extends Tally {
  readonly airport: string;
  /** The species struck most often there, of those that were identified. */
  readonly topSpecies: string | null;
}

export interface PhaseSummary extends Tally {
  readonly phase: string;
  /** Strikes whose speed is known: what the median is taken from. */
  readonly withSpeed: number;
  readonly medianSpeedKnots: number | null;
}

export interface RepairCost {
  /** Strikes with a cost above 0. */
  readonly reportsWithCost: number;
  readonly costTotal: number;
  readonly costRepair: number;
  readonly costOther: number;
  /** Of the strikes with a cost. */
  readonly medianCost: number | null;
  readonly mostExpensive: readonly Strike[];
}

/** All figures that the report is made from. */
export interface Summaries {
  readonly bySpecies: readonly SpeciesSummary[];
  readonly byAirport: readonly AirportSummary[];
  readonly byPhase: readonly PhaseSummary[];
  readonly repairCost: RepairCost;
}

const MOST_EXPENSIVE = 10;

/** All of them at once: what the gate does when it has left rows out. */
export function summarise(strikes: Strikes): Summaries {
  return {
    bySpecies: summariseBySpecies(strikes),
    byAirport: summariseByAirport(strikes),
    byPhase: summariseByPhase(strikes),
    repairCost: summariseRepairCost(strikes),
  };
}

/** Strikes by species, the most frequent first. */
export function summariseBySpecies(strikes: Strikes): readonly SpeciesSummary[] {
  return groups(strikes, 'species').map(([species, group]) => ({
    species,
    identified: isIdentified(species),
    ...tally(group, strikes.count),
  }));
}

/** Strikes by airport, the one with most reports first. */
export function summariseByAirport(strikes: Strikes): readonly AirportSummary[] {
  return groups(strikes, 'airport').map(([airport, group]) => ({
    airport,
    ...tally(group, strikes.count),
    topSpecies: mostFrequent(group.map((strike) => strike.species).filter(isIdentified)),
  }));
}

/** Strikes by phase of flight, the most frequent first. */
export function summariseByPhase(strikes: Strikes): readonly PhaseSummary[] {
  return groups(strikes, 'phase').map(([phase, group]) => {
    const speeds = group.map((strike) => strike.speedKnots).filter((knots) => knots !== null);
    return { phase, ...tally(group, strikes.count), withSpeed: speeds.length, medianSpeedKnots: median(speeds) };
  });
}

/** What strikes cost, and the most expensive ones. */
export function summariseRepairCost(strikes: Strikes): RepairCost {
  const costly = [...eachStrike(strikes)].filter((strike) => strike.costTotal > 0);
  const costTotal = sum(costly.map((strike) => strike.costTotal));
  const costRepair = sum(costly.map((strike) => strike.costRepair));
  return {
    reportsWithCost: costly.length,
    costTotal,
    costRepair,
    costOther: costTotal - costRepair,
    medianCost: median(costly.map((strike) => strike.costTotal)),
    mostExpensive: costly.toSorted((a, b) => b.costTotal - a.costTotal).slice(0, MOST_EXPENSIVE),
  };
}

/** The middle value, or the mean of the two in the middle; `null` of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

function groups(
  strikes: Strikes,
  key: 'species' | 'airport' | 'phase',
): readonly (readonly [string, readonly Strike[]])[] {
  const found = new Map<string, Strike[]>();
  for (const strike of eachStrike(strikes)) {
    const group = found.get(strike[key]);
    if (group === undefined) found.set(strike[key], [strike]);
    else group.push(strike);
  }
  // Ties go by name, so that the same strikes always make the same report.
  return [...found].toSorted(([nameA, a], [nameB, b]) => b.length - a.length || (nameA < nameB ? -1 : 1));
}

function tally(group: readonly Strike[], all: number): Tally {
  return {
    strikes: group.length,
    share: group.length / all,
    damaging: group.filter(isDamaging).length,
    costTotal: sum(group.map((strike) => strike.costTotal)),
  };
}

function mostFrequent(values: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first] = [...counts].toSorted(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
  return first?.[0] ?? null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
