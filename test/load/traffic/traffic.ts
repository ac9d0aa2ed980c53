// Sends traffic of one role from a process of its own until its parent asks for the end.
import { JsonLines } from '../../harness/json-lines.js';
import { Poster } from '../../harness/poster.js';
import { answerQuestions, setupOfProcess } from '../../harness/questions.js';
import { Random } from '../../support/random.js';
import { CallbackSource } from './callback.js';
import { Forgeries } from './forgeries.js';
import { genuineTraffic } from './genuine-traffic.js';
import { hostileTraffic } from './hostile-traffic.js';
import { Sender } from './sender.js';
import { type Exchange, type TrafficAnswers, type TrafficSetup } from './setup.js';

const MOST_SOCKETS = 48;

const { role, port, seed, exchanges } = setupOfProcess() as TrafficSetup;
const file = new JsonLines<Exchange>(exchanges);
const random = new Random(seed);
const source = new CallbackSource(random);
const poster = new Poster(MOST_SOCKETS);
const sender = new Sender(port, poster, file);
const end = new AbortController();

const traffic =
  role === 'genuine'
    ? genuineTraffic(source, sender, random, end.signal)
    : hostileTraffic({ port, source, sender, random }, new Forgeries(random), poster, end.signal);

answerQuestions<TrafficAnswers>({
  end: async () => {
    end.abort();
    await traffic;
    poster.close();
    file.close();
  },
});
