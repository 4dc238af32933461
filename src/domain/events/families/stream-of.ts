/**
 * The stream of an event that may or may not belong to an execution: that of the execution where it does, otherwise
 * that of the thing it is about.
 *
 * @param kind what the thing is, lower case: `environment`
 * @param key the field of the payload that identifies it: `environmentId`
 * @example
 * streamOf('job', 'jobId')({ jobId: 'j-7' }); // job/j-7
 */
export const streamOf =
  <const Key extends string>(kind: string, key: Key) =>
  (payload: { readonly [K in Key]: string } & { readonly executionId?: string | undefined }): string =>
    payload.executionId === undefined ? `${kind}/${payload[key]}` : `execution/${payload.executionId}`;
