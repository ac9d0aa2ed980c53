const UTF8_MARK = Buffer.from('\uFEFF');
const UTF16_MARKS = { le: Buffer.from([0xff, 0xfe]), be: Buffer.from([0xfe, 0xff]) } as const;

/** How many characters at the beginning show whether it is UTF-16. */
const SAMPLE = 16;

/** Text as UTF-8. */
interface Utf8Text {
  /** Without a byte order mark. */
  readonly bytes: Buffer;
  /** Whether it was written in UTF-16. */
  readonly wasUtf16: boolean;
}

/**
 * Text in whichever encoding it was written: PowerShell writes UTF-16, or UTF-8 with a byte order mark, where other shells
 * pass bytes on. UTF-16 without a mark is recognised by the ASCII characters with which it begins.
 */
export function asUtf8(bytes: Buffer): Utf8Text {
  if (startsWith(bytes, UTF8_MARK)) return { bytes: bytes.subarray(UTF8_MARK.length), wasUtf16: false };
  const order = utf16Order(bytes);
  if (order === undefined) return { bytes, wasUtf16: false };
  const even = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const text = (order === 'be' ? even.swap16() : even).toString('utf16le');
  return { bytes: Buffer.from(text.replace(/^\uFEFF/, '')), wasUtf16: true };
}

function utf16Order(bytes: Buffer): 'le' | 'be' | undefined {
  if (startsWith(bytes, UTF16_MARKS.le)) return 'le';
  if (startsWith(bytes, UTF16_MARKS.be)) return 'be';
  const sample = bytes.subarray(0, 2 * SAMPLE);
  if (sample.length < 2 * SAMPLE) return undefined;
  const isAscii = (byte: number): boolean => byte > 0 && byte < 0x80;
  const alternates = (zeros: 0 | 1): boolean =>
    sample.every((byte, index) => (index % 2 === zeros ? byte === 0 : isAscii(byte)));
  return alternates(1) ? 'le' : alternates(0) ? 'be' : undefined;
}

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark);
}
