import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { withWaymark } from '../open-waymark.js';
import { helpText, workflowOption } from '../options.js';
import type { Action, Session, SharedOptions } from '../session.js';

interface GraphOptions extends SharedOptions {
  readonly mermaid?: boolean;
  readonly export?: string;
  readonly workflow?: string;
}

/** What names a file rather than an execution. */
const FILE = /^file:|\.(?:[cm]?[jt]s|ya?ml|json)$/i;

/** `waymark graph FILE|ID` */
export function graphCommand(action: Action): Command {
  return new Command('graph')
    .description('Draw the graph of a workflow, or that of an execution with the statuses of its nodes.')
    .argument('<file-or-execution>', 'the file of a workflow, or the id of an execution')
    .addOption(new Option('--mermaid', 'as a flowchart in the language of Mermaid'))
    .addOption(new Option('--export <name>', 'which export of the file, when it has several workflows'))
    .addOption(workflowOption())
    .addHelpText(
      'after',
      helpText(
        ['waymark graph hello.ts', 'waymark graph pipeline.yaml --mermaid > pipeline.mmd', 'waymark graph EXECUTION'],
        ['Mermaid is drawn by GitHub, many editors, and mermaid.live.'],
      ),
    )
    .action(action<GraphOptions, [string]>(graph));
}

async function graph(session: Session, options: GraphOptions, subject: string): Promise<void> {
  if (FILE.test(subject) || existsSync(subject)) return graphOfFile(session, options, subject);
  const { checkId } = await import('../options.js');
  await checkId(subject, 'execution id');
  const { showInsight } = await import('../show-insight.js');
  await withWaymark(session, 'read', async (waymark) =>
    showInsight(session, waymark, await waymark.executions.get(subject), {
      ...(options.mermaid === true ? { mermaid: true } : { graph: true }),
      ...(options.workflow === undefined ? {} : { workflow: options.workflow }),
    }),
  );
}

async function graphOfFile(session: Session, options: GraphOptions, file: string): Promise<void> {
  const [{ loadWorkflow }, { graphOfWorkflow }, { toMermaid }, { graphView }] = await Promise.all([
    import('../load-workflow.js'),
    import('../../../application/insight/execution-graph.js'),
    import('../../../application/insight/mermaid.js'),
    import('../output/insight-views.js'),
  ]);
  const workflow = await loadWorkflow(file, options.export === undefined ? {} : { exportName: options.export });
  const drawn = graphOfWorkflow(workflow);
  const { id, name, version } = workflow;
  if (session.json) {
    const shown = options.mermaid === true ? { mermaid: toMermaid(drawn) } : { graph: drawn };
    session.printJson({ kind: 'workflow', workflow: { id, name, version }, ...shown });
  } else if (options.mermaid === true) {
    session.print(toMermaid(drawn));
  } else {
    const { bold } = session.palette;
    const { printable } = await import('../../text/printable.js');
    session.print(`${bold(printable(`${name} ${version}`))}\n\n${graphView(session, drawn)}`);
  }
}
