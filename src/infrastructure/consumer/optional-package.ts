import { WaymarkError } from '../../domain/shared/errors.js';

/** A package that only some consumers need. */
export interface OptionalPackage {
  /** `prom-client` */
  readonly name: string;
  /** The major version to install. */
  readonly major: number;
  /** Who needs it: `collectMetrics`. */
  readonly neededBy: string;
}

/**
 * Loads an optional package.
 *
 * @throws WaymarkError `WAYMARK_PACKAGE_MISSING` when it is not there, or can't be loaded
 */
export async function loadOptional<Module>(
  { name, major, neededBy }: OptionalPackage,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new WaymarkError(
      'WAYMARK_PACKAGE_MISSING',
      `${neededBy} needs the package ${name}, which can not be loaded.`,
      { cause: error, hint: `npm install ${name}@${major}`, details: { package: name } },
    );
  }
}
