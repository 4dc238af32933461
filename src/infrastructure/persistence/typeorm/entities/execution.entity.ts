import type { EntitySchemaOptions } from 'typeorm';
import type { ExecutionSnapshot } from '../../../../domain/execution/execution-snapshot.js';
import { integer, jsonText, optionalInteger, optionalJsonText, optionalText, text } from './columns.js';

/**
 * A snapshot's columns. Their types are left open: TypeORM's types for a partial entity do not come to an end on JSON,
 * which holds itself.
 */
export type ExecutionRow = Record<Exclude<keyof ExecutionSnapshot, 'threadId'>, unknown>;

/** The table `executions`: one row an execution, with what is listed by as columns and the rest as JSON. */
export const executionEntity: EntitySchemaOptions<ExecutionRow> = {
  name: 'execution',
  tableName: 'executions',
  columns: {
    id: text('id', { primary: true }),
    workflowId: text('workflow_id'),
    workflowName: text('workflow_name'),
    workflowVersion: text('workflow_version'),
    workflowHash: text('workflow_hash'),
    workflowSource: optionalText('workflow_source'),
    status: text('status'),
    version: integer('version'),
    input: jsonText('input'),
    output: jsonText('output'),
    error: jsonText('error'),
    pauseReason: optionalText('pause_reason'),
    breakpoints: jsonText('breakpoints'),
    correlationId: text('correlation_id'),
    label: optionalText('label'),
    parentExecutionId: optionalText('parent_execution_id'),
    sourceCheckpointId: optionalText('source_checkpoint_id'),
    branchId: text('branch_id'),
    headCheckpointId: text('head_checkpoint_id'),
    completed: jsonText('completed'),
    waiting: jsonText('waiting'),
    running: jsonText('running'),
    interrupted: jsonText('interrupted'),
    failed: jsonText('failed'),
    suspended: jsonText('suspended'),
    signals: jsonText('signals'),
    progress: optionalJsonText('progress'),
    undoing: optionalJsonText('undoing'),
    compensated: jsonText('compensated'),
    compensable: jsonText('compensable'),
    occurrences: jsonText('occurrences'),
    nodesExecuted: integer('nodes_executed'),
    checkpointsCreated: integer('checkpoints_created'),
    branchesCreated: integer('branches_created'),
    owner: optionalText('owner'),
    fence: integer('fence'),
    leaseExpiresAt: optionalText('lease_expires_at'),
    dueAt: optionalText('due_at'),
    timeoutMs: optionalInteger('timeout_ms'),
    startedAt: text('started_at'),
    updatedAt: text('updated_at'),
    endedAt: optionalText('ended_at'),
  },
};
