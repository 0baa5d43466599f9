/**
 * RDB files that real servers wrote (SAVE), with keys of every type, one that ends in 2100, a group that reads a stream and
 * a library of functions; the second has a field with a time to live as well.
 */

/** Redis 7.0.15. */
export const REDIS_FILE = decoded([
  'UkVESVMwMDEw+glyZWRpcy12ZXIGNy4wLjE1+gpyZWRpcy1iaXRzwED6BWN0aW1lwg95Amv6CHVzZWQtbWVtwji+DgD6CGFvZi1iYXNlwAD1QEQj',
  'IWx1YSBuYW1lPWxpYgpyZWRpcy5yZWdpc3Rlcl9mdW5jdGlvbigiZiIsIGZ1bmN0aW9uKCkgcmV0dXJuIDEgZW5kKf4A+w0BEAR3aWRlw0MmQ64K',
  'rgMAAAQBgmYxAwEgBQIyAwIgBQIzAwMgBQE0A0AXAjUDBSALAjYDBiAFAjcDByAFAjgDCCAFCTkDCQGDZjEwBApABgIxBAtABgIyBAxABgIzBA1A',
  'BgI0BA5ABgI1BA9ABgI2BBBABgI3BBFABgI4BBJABgI5BBMgBgMyMAQUQAYCMQQVQAYCMgQWQAYCMwQXQAYCNAQYQAYCNQQZQAYCNgQaQAYCNwQb',
  'QAYCOAQcQAYCOQQdIAYDMzAEHkAGAjEEH0AGAjIEIEAGAjMEIUAGAjQEIkAGAjUEI0AGAjYEJEAGAjcEJUAGAjgEJkAGAjkEJyAGAzQwBChABgIx',
  'BClABgIyBCpABgIzBCtABgI0BCxABgI1BC1ABgI2BC5ABgI3BC9ABgI4BDBABgI5BDEgBgM1MAQyQAYCMQQzQAYCMgQ0QAYCMwQ1QAYCNAQ2QAYC',
  'NQQ3QAYCNgQ4QAYCNwQ5QAYCOAQ6QAYCOQQ7IAYDNjAEPEAGAjEEPUAGAjIEPkAGAjMEP0AGAjQEQEAGAjUEQUAGAjYEQkAGAjcEQ0AGAjgEREAG',
  'AjkERSAGAzcwBEZABgIxBEdABgIyBEhABgIzBElABgI0BEpABgI1BEtABgI2BExABgI3BE1ABgI4BE5ABgI5BE8gBgM4MARQQAYCMQRRQAYCMgRS',
  'QAYCMwRTQAYCNARUQAYCNQRVQAYCNgRWQAYCNwRXQAYCOARYQAYCOQRZIAYDOTAEWkAGAjEEW0AGAjIEXEAGAjMEXUAGAjQEXkAGAjUEX0AGAjYE',
  'YEAGAjcEYUAGAjgEYkAGBDkEYwGEInUCMAVkYAcCMQVlYAcCMgVmYAcCMwVnYAcCNAVoYAcCNQVpYAcCNgVqYAcCNwVrYAcCOAVsYAcCOQVtQAcD',
  'MTAFbmAHAjEFb2AHAjIFcGAHAjMFcWAHAjQFcmAHAjUFc2AHAjYFdGAHAjcFdWAHAjgFdmAHAjkFd0AHAzIwBXhgBwIxBXlgBwIyBXpgBwIzBXtg',
  'BwI0BXxgBwI1BX1gBwI2BX5gBwI3BX9gBwQ4BcCAAiDoBDI5BcCBQAgGMzAFwIIC/wAFcGxhaW4EdGV4dAAGcGFja2VkwwxBLAFhYeD/AOAXAAFh',
  'YQAEdGluecAHAAZudW1iZXLBOTARBnNjb3JlcxQUAAAABACBYQKDMS41BIFiAgIB/xIEbGlzdAECwxZAdA50AAAAAwCBYQKBYgLgZGPgWgABZv8C',
  'BXdvcmRzAwFjAWEBYvwA2MMsuwMAAAAGbW9ydGFsAXgQBXNob3J0DQ0AAAACAIFhAoFiAv8TBnN0cmVhbQEQAAAAAAAAAAEAAAAAAAAAASgoAAAA',
  'DwACAQABAQGBYQIAAQIBAAEAAYFiAgQBAgEBAQABgWMCBAH/AgIBAQEAAAIBAWcBAQEBAAAAAAAAAAEAAAAAAAAAAbPiqAGiAQAAAQEDb25ls+Ko',
  'AaIBAAABAAAAAAAAAAEAAAAAAAAAAQAFbGFyZ2XCFc1bBwsHbnVtYmVycw4CAAAAAwAAAAEAAgADAP4F+wEAAAVvdGhlcsAB/3QKr01/7IrK',
]);

/** Valkey 9.1.2. */
export const VALKEY_FILE = decoded([
  'VkFMS0VZMDgw+gp2YWxrZXktdmVyBTkuMS4y+gpyZWRpcy1iaXRzwED6BWN0aW1lwgZ5Amv6CHVzZWQtbWVtwhCFDwD6CGFvZi1iYXNlwAD1QEQj',
  'IWx1YSBuYW1lPWxpYgpyZWRpcy5yZWdpc3Rlcl9mdW5jdGlvbigiZiIsIGZ1bmN0aW9uKCkgcmV0dXJuIDEgZW5kKf4A+w0BEgRsaXN0AQLDFkB0',
  'DnQAAAADAIFhAoFiAuBkY+BaAAFm/xQFd29yZHMQEAAAAAMAgWECgWICgWMC/wsHbnVtYmVycw4CAAAAAwAAAAEAAgADAAAFcGxhaW4EdGV4dAAG',
  'bnVtYmVywTkwAAR0aW55wAcABWxhcmdlwhXNWwcABnBhY2tlZMMMQSwBYWHg/wDgFwABYWH8ANjDLLsDAAAABm1vcnRhbAF4EQZzY29yZXMUFAAA',
  'AAQAgWECgzEuNQSBYgICAf8QBXNob3J0DQ0AAAACAIFhAoFiAv8WBHdpZGVAggNmMjXAGf//////////A2Y0N8Av//////////8CZjbABv//////',
  '////A2Y3NsBM//////////8EZjEzMMGCAP//////////A2YzM8Ah//////////8DZjY2wEL//////////wNmOTXAX///////////BGYxMDHAZf//',
  '////////BGYxMDjAbP//////////BGYxMDnAbf//////////BGYxMTnAd///////////BGYxMjPAe///////////BGYxMjXAff//////////AmYx',
  'wAHN6hPwogEAAANmMTLADP//////////A2Y1McAz//////////8DZjY0wED//////////wNmNznAT///////////BGYxMTDAbv//////////BGYx',
  'MTPAcf//////////A2Y0NMAs//////////8DZjUwwDL//////////wNmODLAUv//////////BGYxMTXAc///////////BGYxMjHAef//////////',
  'A2YxNsAQ//////////8DZjQwwCj//////////wNmMTfAEf//////////A2YyM8AX//////////8DZjY3wEP//////////wRmMTExwG//////////',
  '/wJmNcAF//////////8DZjQ2wC7//////////wNmNjHAPf//////////A2Y4OMBY//////////8EZjEwNsBq//////////8EZjEwN8Br////////',
  '//8DZjE5wBP//////////wNmMzLAIP//////////A2Y5OMBi//////////8CZjfAB///////////A2Y1OMA6//////////8DZjkywFz/////////',
  '/wNmOTnAY///////////A2YyNsAa//////////8DZjY5wEX//////////wNmNzjATv//////////AmY4wAj//////////wNmMTXAD///////////',
  'A2Y1M8A1//////////8DZjkwwFr//////////wJmMsAC//////////8DZjI5wB3//////////wNmNDXALf//////////A2Y3McBH//////////8E',
  'ZjEyOcGBAP//////////A2YyMcAV//////////8EZjExOMB2//////////8DZjI4wBz//////////wNmNjDAPP//////////A2Y4McBR////////',
  '//8DZjg5wFn//////////wNmMTjAEv//////////A2Y1MsA0//////////8DZjgwwFD//////////wNmODfAV///////////BGYxMDLAZv//////',
  '////A2YzNMAi//////////8DZjQ4wDD//////////wRmMTAzwGf//////////wJmNMAE//////////8DZjEwwAr//////////wNmMTPADf//////',
  '////A2Y1N8A5//////////8DZjc1wEv//////////wRmMTIywHr//////////wNmMjfAG///////////A2Y0OcAx//////////8DZjg2wFb/////',
  '/////wNmOTPAXf//////////A2Y5NMBe//////////8DZjM5wCf//////////wNmNzPASf//////////A2Y4M8BT//////////8DZjg0wFT/////',
  '/////wNmOTfAYf//////////A2YxNMAO//////////8DZjQywCr//////////wNmNjPAP///////////A2Y1NMA2//////////8DZjcywEj/////',
  '/////wRmMTI3wH///////////wNmNzDARv//////////A2Y3N8BN//////////8EZjEwMMBk//////////8EZjExMsBw//////////8EZjEyNsB+',
  '//////////8DZjMwwB7//////////wRmMTIwwHj//////////wNmMTHAC///////////A2YzNsAk//////////8DZjM3wCX//////////wNmNzTA',
  'Sv//////////BGYxMTfAdf//////////A2YyMsAW//////////8DZjU2wDj//////////wNmNjXAQf//////////A2YyNMAY//////////8DZjg1',
  'wFX//////////wNmOTHAW///////////BGYxMDTAaP//////////BGYxMjTAfP//////////AmY5wAn//////////wNmMzjAJv//////////A2Y0',
  'McAp//////////8DZjU5wDv//////////wJmM8AD//////////8DZjM1wCP//////////wNmNDPAK///////////A2Y2MsA+//////////8EZjEw',
  'NcBp//////////8EZjExNMBy//////////8EZjExNsB0//////////8DZjMxwB///////////wNmNTXAN///////////A2Y2OMBE//////////8E',
  'ZjEyOMGAAP//////////A2YyMMAU//////////8DZjk2wGD//////////xUGc3RyZWFtARAAAAAAAAAAAQAAAAAAAAABKCgAAAAPAAIBAAEBAYFh',
  'AgABAgEAAQABgWICBAECAQEBAAGBYwIEAf8CAgEBAQAAAgEBZwEBAQEAAAAAAAAAAQAAAAAAAAABSsKoAaIBAAABAQNvbmVKwqgBogEAAErCqAGi',
  'AQAAAQAAAAAAAAABAAAAAAAAAAH+BfsBAAAFb3RoZXLAAf+1+WjIcx7cNA==',
]);

function decoded(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join(''), 'base64');
}
