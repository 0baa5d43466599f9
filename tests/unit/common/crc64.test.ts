import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CRC64_JONES, CRC64_XZ, Crc64, type CrcForm } from '../../../scripts/common/crc64.ts';

const FORMS: readonly [string, CrcForm, bigint][] = [
  ['CRC-64/XZ', CRC64_XZ, 0x995dc9bbdf1939fan],
  ['CRC-64 of Redis', CRC64_JONES, 0xe9c6d914c4b8d9can],
];

for (const [name, form, published] of FORMS) {
  test(`${name} gives its published check value, and 0 for nothing`, () => {
    assert.equal(checksum(form, [Buffer.from('123456789')]), published);
    assert.equal(checksum(form, []), 0n);
  });

  test(`${name} is the same bit by bit, whole and in pieces`, () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 }), (pieces) => {
        const whole = Buffer.concat(pieces);
        assert.equal(checksum(form, pieces), checksum(form, [whole]));
        assert.equal(checksum(form, [whole]), bitByBit(form, whole));
      }),
    );
  });
}

test('only the named range of the bytes counts', () => {
  const crc = new Crc64(CRC64_XZ);
  crc.update(Buffer.from('xx123456789yy'), 2, 11);
  assert.equal(crc.value, checksum(CRC64_XZ, [Buffer.from('123456789')]));
});

function checksum(form: CrcForm, pieces: readonly Uint8Array[]): bigint {
  const crc = new Crc64(form);
  for (const piece of pieces) crc.update(piece);
  return crc.value;
}

/** The definition, as slow as it is plain. */
function bitByBit({ polynomialHigh, polynomialLow, inverted }: CrcForm, data: Uint8Array): bigint {
  const polynomial = (BigInt(polynomialHigh) << 32n) | BigInt(polynomialLow);
  const start = inverted ? 0xffffffffffffffffn : 0n;
  let value = start;
  for (const byte of data) {
    value ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
  }
  return value ^ start;
}
