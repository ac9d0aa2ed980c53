/** What a process can be asked: the name of a question, and the type of its answer. */
export type Answers = object;

/** A question of the parent, numbered so that answers find it. */
export interface Question {
  readonly number: number;
  readonly name: string;
}

export interface Answer {
  readonly number: number;
  readonly value: unknown;
}

type Answerers<Known extends Answers> = {
  readonly [Name in keyof Known]: () => Known[Name] | Promise<Known[Name]>;
};

/**
 * Answers the questions of the parent process, and ends when that disconnects or ends.
 *
 * @param beforeEnd what is done before
 */
export function answerQuestions<Known extends Answers>(
  answerers: Answerers<Known>,
  beforeEnd: () => Promise<void> = () => Promise.resolve(),
): void {
  const byName = answerers as Readonly<Record<string, () => unknown>>;
  const answer = async ({ number, name }: Question): Promise<void> => {
    const value = await byName[name]?.();
    process.send?.({ number, value } satisfies Answer);
  };
  process.on('message', (question: Question) => void answer(question));
  process.once('disconnect', () => void beforeEnd().finally(() => process.exit()));
}

/** The set-up of this process, which travels on the command line. */
export function setupOfProcess(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}
