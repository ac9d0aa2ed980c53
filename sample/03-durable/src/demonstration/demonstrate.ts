import { Application } from './application.js';
import { Operator } from './operator.js';
import { Report } from './report.js';
import { Story } from './story.js';

/** Injects faults into an application with an inbox. Returns whether every callback ended as expected. */
export async function demonstrate(): Promise<boolean> {
  const application = await Application.start();
  const operator = new Operator();
  const report = new Report();
  const story = new Story(application, operator, report);
  try {
    await story.copiesAreHandledOnce();
    await story.failingHandlerIsTriedAgain();
    await story.databaseIsDown();
    await story.applicationIsRestarted();
    await story.failedCallbackIsRedriven();
    await story.unusableCallbackIsKept();
    await story.nothingIsLost();
    return report.end();
  } finally {
    await application.close();
    await operator.leave();
  }
}
