import { Buffer } from 'node:buffer';
import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * A PNG of at most 256 colours, which is a third of what a browser's own takes: a picture of a page has few colours,
 * and many shades of them at the edges of letters, which are put to the nearest that is frequent.
 *
 * @param {{ width: number, height: number, pixels: Uint8Array }} picture four bytes a pixel: red, green, blue, alpha
 */
export function indexedPng({ width, height, pixels }) {
  const palette = frequentColours(pixels);
  const indexOf = nearestIn(palette);
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) lines[y * (width + 1) + 1 + x] = indexOf(colourAt(pixels, (y * width + x) * 4));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a pixel, by palette.
  header.set([8, 3], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(channels))),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const colourAt = (pixels, offset) => (pixels[offset] << 16) | (pixels[offset + 1] << 8) | pixels[offset + 2];
const channels = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

function frequentColours(pixels) {
  const counts = new Map();
  for (let offset = 0; offset < pixels.length; offset += 4) {
    const colour = colourAt(pixels, offset);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, 256)
    .map(([colour]) => colour);
}

function nearestIn(palette) {
  const known = new Map(palette.map((colour, index) => [colour, index]));
  return (colour) => {
    if (!known.has(colour)) {
      const distances = palette.map((candidate) => distance(channels(candidate), channels(colour)));
      known.set(colour, distances.indexOf(Math.min(...distances)));
    }
    return known.get(colour);
  };
}

const distance = (one, other) => one.reduce((sum, channel, index) => sum + (channel - other[index]) ** 2, 0);

function chunk(type, content) {
  const typed = Buffer.concat([Buffer.from(type), content]);
  const framed = Buffer.alloc(typed.length + 8);
  framed.writeUInt32BE(content.length, 0);
  framed.set(typed, 4);
  framed.writeUInt32BE(crc32(typed), typed.length + 4);
  return framed;
}
