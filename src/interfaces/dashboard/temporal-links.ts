/** Addresses in Temporal's Web UI. */
export interface TemporalLinks {
  /** @param cycleId from `sync_run_history`: a cycle's run, or a position in a hint's workflow */
  ofCycle(cycleId: string): string;
  ofWorkflow(workflowId: string): string;
}

const HINT = /^(.+)\/([\da-f-]{36})\/\d+\/\w+$/;

export function temporalLinks(webUi: string, namespace: string): TemporalLinks {
  const workflows = `${webUi}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  const search = (query: string): string => `${workflows}?query=${encodeURIComponent(query)}`;
  return {
    ofCycle: (cycleId) => {
      const [, workflowId, runId] = HINT.exec(cycleId) ?? [];
      if (workflowId === undefined) return search(`RunId="${cycleId}"`);
      return `${workflows}/${encodeURIComponent(workflowId)}/${runId}/history`;
    },
    ofWorkflow: (workflowId) => search(`WorkflowId="${workflowId}"`),
  };
}
