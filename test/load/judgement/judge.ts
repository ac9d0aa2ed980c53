import { judgeAnswers } from './answers.js';
import { type Evidence } from './evidence.js';
import { judgeHandlings } from './handlings.js';
import { tellLatency } from './latency.js';
import { judgeMemory } from './memory.js';
import { judgeHealth } from './process-health.js';
import { judgeServerErrors } from './server-errors.js';
import { type Verdict } from './verdict.js';

const RULES = [judgeHandlings, judgeAnswers, judgeServerErrors, tellLatency, judgeMemory, judgeHealth];

/** Holds a run against all that is promised. */
export function judge(evidence: Evidence): Verdict {
  const verdicts = RULES.map((rule) => rule(evidence));
  return {
    figures: verdicts.flatMap(({ figures }) => figures),
    violations: verdicts.flatMap(({ violations }) => violations),
  };
}
