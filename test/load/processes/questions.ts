/** A question of the parent, numbered so that answers find it. */
export interface Question {
  readonly number: number;
  readonly name: string;
}

export interface Answer {
  readonly number: number;
  readonly value: unknown;
}

/** What a process can be asked, by the name of the question. */
export type Answerers = Readonly<Record<string, () => unknown>>;

/** Answers the questions of the parent process; ends with it. */
export function answerQuestions(answerers: Answerers): void {
  const answer = async ({ number, name }: Question): Promise<void> => {
    const value = await answerers[name]?.();
    process.send?.({ number, value } satisfies Answer);
  };
  process.on('message', (question: Question) => void answer(question));
  process.once('disconnect', () => process.exit());
}
