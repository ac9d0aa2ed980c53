// Sends traffic of one role from a process of its own until its parent asks for the end.
import { JsonLines } from '../json-lines.js';
import { answerQuestions } from '../processes/questions.js';
import { Random } from '../../support/random.js';
import { CallbackSource } from './callback.js';
import { Forgeries } from './forgeries.js';
import { genuineTraffic } from './genuine-traffic.js';
import { hostileTraffic } from './hostile-traffic.js';
import { Poster } from './post.js';
import { Sender } from './sender.js';
import { type Exchange, type TrafficSetup } from './setup.js';

const MOST_SOCKETS = 48;

const { role, port, seed, exchanges } = JSON.parse(process.argv[2] ?? '{}') as TrafficSetup;
const file = new JsonLines<Exchange>(exchanges);
const random = new Random(seed);
const source = new CallbackSource(random);
const poster = new Poster(port, MOST_SOCKETS);
const sender = new Sender(poster, file);
const end = new AbortController();

const traffic =
  role === 'genuine'
    ? genuineTraffic(source, sender, random, end.signal)
    : hostileTraffic({ port, source, sender, random }, new Forgeries(random), poster, end.signal);

answerQuestions({
  end: async () => {
    end.abort();
    await traffic;
    poster.close();
    file.close();
  },
});
