import { accepted, authorization, error, get, type Row, refused, row, run, runWith, type Text } from '../recipe.ts'
import { A } from '../tokens.ts'

const at = (...values: readonly Text[]) => get('/protected', authorization(...values))

const noScheme = "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'"
const bad = "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"
const missing = 'Missing Authorization Header'
const crash = { status: 500 }

const emptyElement = 'an empty element between commas is an IndexError before PR 567'

export const headerSyntax: readonly Row[] = [
  row(34, 'another scheme is no token', run(refused(at('Basic abc'), 401, noScheme))),
  row(35, 'nor is a bare token', run(refused(at(A), 401, noScheme))),
  row(36, 'the scheme in lower case', run(refused(at(['bearer ', A]), 401, noScheme, { hallpass: { status: 200 } })), {
    deviates: 'accepted: schemes are case-insensitive (RFC 9110 §11.1)',
  }),
  row(37, 'the scheme alone is malformed', run(refused(at('Bearer'), 422, bad), refused(at('Bearer '), 422, bad))),
  row(38, 'so are two words after it', run(refused(at(['Bearer ', A, ' x']), 422, bad))),
  row(
    39,
    'credentials of another scheme may be beside it',
    run(
      accepted(at(['Bearer ', A, ', Basic c'])),
      accepted(at(['Basic c, Bearer ', A])),
      accepted(at(['Basic c,Bearer ', A])),
    ),
  ),
  row(
    40,
    'empty elements between commas are ignored',
    run(
      accepted(at(['Bearer ', A, ',   '])),
      accepted(at([',Bearer ', A])),
      accepted(at(['Basic a,,Bearer ', A]), {}, { deb: crash }),
    ),
    { deb: emptyElement },
  ),
  row(
    41,
    'the scheme twice, in one line or in two',
    run(
      refused(at(['Bearer ', A, ', Bearer ', A]), 401, noScheme, { hallpass: error(422, bad) }),
      refused(at(['Bearer ', A], ['Bearer ', A]), 401, noScheme, { hallpass: error(422, bad) }),
      accepted(
        get('/optional', authorization(['Bearer ', A], ['Bearer ', A])),
        { identity: null },
        { hallpass: error(422, bad) },
      ),
    ),
    { deviates: 'malformed: 422, also on optional routes, where it would otherwise be anonymous' },
  ),
  row(42, 'the scheme alone before commas is malformed', run(refused(at('Bearer ,,0'), 422, bad, { deb: crash })), {
    deb: emptyElement,
  }),
  row(
    43,
    'spaces or a comma alone count as no token',
    run(refused(at('   '), 401, missing), refused(at(','), 401, missing), refused(at(' , '), 401, missing)),
  ),
  row(
    44,
    'a tab or several spaces separate like one space',
    run(accepted(at(['Bearer\t', A])), accepted(at(['Bearer    ', A]))),
  ),
  row(
    45,
    'headerType is another scheme',
    runWith(
      { headerType: 'JWT' },
      accepted(at(['JWT ', A])),
      refused(
        at(['Bearer ', A]),
        401,
        "Missing 'JWT' type in 'Authorization' header. Expected 'Authorization: JWT <JWT>'",
      ),
    ),
  ),
  row(
    46,
    'headerType empty: the header contains only the token',
    runWith(
      { headerType: '' },
      accepted(at(A)),
      refused(at(['Bearer ', A]), 422, "Bad Authorization header. Expected 'Authorization: <JWT>'"),
    ),
  ),
  row(
    47,
    'headerName is another header',
    runWith(
      { headerName: 'Foo' },
      accepted(get('/protected', { headers: [['Foo', ['Bearer ', A]]] })),
      refused(at(['Bearer ', A]), 401, 'Missing Foo Header'),
    ),
  ),
]
