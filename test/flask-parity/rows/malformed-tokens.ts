import { generateKeyPairSync } from 'node:crypto'
import { accepted, bearer, error, get, type Recipe, type Row, refused, row, run, runWith } from '../recipe.ts'
import { A, altered, anotherSecret, badlySigned, compact, encode, secret, signed } from '../tokens.ts'

const at = (token: Recipe | string) => get('/protected', bearer(token))

const alice = { sub: 'alice' }
const header = '{"alg":"HS256","typ":"JWT"}'
const alicesText = JSON.stringify(alice)

const tooFew = 'Not enough segments'
const wrongSignature = 'Signature verification failed'
const notAllowed = 'The specified alg value is not allowed'

const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

export const malformedTokens: readonly Row[] = [
  row(48, 'fewer than two dots', run(refused(at('xxx'), 422, tooFew), refused(at('a.b'), 422, tooFew))),
  row(49, 'a header that is not base64url', run(refused(at('aaaaa.bbbbb.ccccc'), 422, 'Invalid header padding'))),
  row(
    50,
    'a payload or a signature that is not',
    run(
      refused(at(altered(A, ([h, , s]) => [h, 'aaaaa', s])), 422, 'Invalid payload padding'),
      refused(at(altered(A, ([h, p]) => [h, p, 'aaaaa'])), 422, 'Invalid crypto padding'),
    ),
  ),
  row(
    51,
    'JSON that is not an object',
    run(
      refused(at(compact('[1]', alicesText)), 422, 'Invalid header string: must be a json object'),
      refused(at(compact(header, '[1]')), 422, 'Invalid payload string: must be a json object'),
    ),
  ),
  row(
    52,
    'a header that is not JSON',
    run({
      request: at(compact('{"alg"', alicesText)),
      outcome: { status: 422, msgStart: 'Invalid header string: ' },
    }),
  ),
  row(
    53,
    'a signature that is altered or empty',
    run(
      refused(at(badlySigned(A)), 422, wrongSignature),
      refused(at(altered(A, ([h, p]) => [h, p, ''])), 422, wrongSignature),
    ),
  ),
  row(
    54,
    'a signature with another secret',
    run(refused(at(signed(alice, { secret: anotherSecret })), 422, wrongSignature)),
  ),
  row(
    55,
    'alg none',
    run(refused(at(`${encode('{"alg":"none","typ":"JWT"}')}.${encode(alicesText)}.`), 422, notAllowed)),
  ),
  row(56, 'HS512 where HS256 is expected, unless decodeAlgorithms lists it', [
    run(refused(at(signed(alice, { algorithm: 'HS512' })), 422, notAllowed)),
    runWith(
      { decodeAlgorithms: ['HS512'] },
      accepted(at(signed(alice, { algorithm: 'HS512' }))),
      accepted(at(signed(alice))),
    ),
  ]),
  row(
    57,
    'HS256 with the secret or the public PEM where RS256 is expected',
    runWith(
      { keyPair: { algorithm: 'RS256', ...rsa } },
      refused(at(signed(alice, { secret })), 422, notAllowed),
      refused(at(signed(alice, { secret: rsa.publicKey })), 422, notAllowed),
      accepted(at(A)),
    ),
  ),
  row(
    58,
    'a header without alg',
    run(
      refused(at(compact('{"typ":"JWT"}', alicesText)), 422, 'Algorithm not specified', {
        deb: error(422, notAllowed),
      }),
    ),
    { deb: 'PyJWT 2.6 has one message for both' },
  ),
  row(
    59,
    'a kid that is not a string, and crit',
    run(
      refused(at(signed(alice, { header: { kid: 5 } })), 422, 'Key ID header parameter must be a string'),
      refused(at(signed(alice, { header: { crit: ['x'], x: 1 } })), 422, 'Unsupported critical extension: x'),
      refused(at(signed(alice, { header: { crit: ['x'] } })), 422, 'Unsupported critical extension: x'),
    ),
  ),
  row(60, 'a fourth part', run(refused(at(altered(A, (parts) => [...parts, 'd'])), 422, 'Invalid payload padding'))),
]
