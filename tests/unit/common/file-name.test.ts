import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeFileName, encodeFileName } from '../../../scripts/common/file-name.ts';

describe('file names of databases', () => {
  it('stay as they are when every character is harmless', () => {
    assert.equal(encodeFileName('ngwenya_auth-2.0'), 'ngwenya_auth-2.0');
  });

  it('spell everything else as bytes', () => {
    assert.equal(encodeFileName('a/b c%é'), 'a%2Fb%20c%25%C3%A9');
    assert.equal(encodeFileName('..'), '%2E.');
    assert.equal(encodeFileName('.hidden'), '%2Ehidden');
  });

  it('give back any name, and never one that leaves its folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        const encoded = encodeFileName(name);
        assert.match(encoded, /^[A-Za-z0-9_%-][A-Za-z0-9._%-]*$/);
        assert.equal(decodeFileName(encoded), name);
      }),
    );
  });

  it('that were never encoded are taken as they are', () => {
    assert.equal(decodeFileName('100%'), '100%');
    assert.equal(decodeFileName('my shop'), 'my shop');
  });
});
