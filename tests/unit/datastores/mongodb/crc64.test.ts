import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Crc64 } from '../../../../scripts/datastores/mongodb/archive/crc64.ts';

test('the checksum gives the published check value of CRC-64/XZ', () => {
  assert.equal(BigInt.asUintN(64, checksum([Buffer.from('123456789')])), 0x995dc9bbdf1939fan);
});

test('no bytes have the checksum 0', () => {
  assert.equal(checksum([]), 0n);
});

test('the checksum is the same bit by bit, whole and in pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 }), (pieces) => {
      const whole = Buffer.concat(pieces);
      assert.equal(checksum(pieces), checksum([whole]));
      assert.equal(checksum([whole]), bitByBit(whole));
    }),
  );
});

test('only the named range of the bytes counts', () => {
  const crc = new Crc64();
  crc.update(Buffer.from('xx123456789yy'), 2, 11);
  assert.equal(crc.value, checksum([Buffer.from('123456789')]));
});

function checksum(pieces: readonly Uint8Array[]): bigint {
  const crc = new Crc64();
  for (const piece of pieces) crc.update(piece);
  return crc.value;
}

/** The definition, as slow as it is plain. */
function bitByBit(data: Uint8Array): bigint {
  let value = 0xffffffffffffffffn;
  for (const byte of data) {
    value ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0xc96c5795d7870f42n : value >> 1n;
  }
  return BigInt.asIntN(64, value ^ 0xffffffffffffffffn);
}
