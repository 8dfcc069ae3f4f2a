import { describe, expect, it } from 'vitest'
import { JwtManager } from '../guard/jwt-manager.ts'
import { makeSessionReader } from './current-session.ts'

describe('getSession', () => {
  const secret = 'a secret of more than thirty-two bytes, for tests alone'

  it('fails if it is unknown whether the token is revoked, because that is no logout', async () => {
    const jwt = new JwtManager({
      secret,
      isRevoked: () => {
        throw new Error('The database cannot be reached')
      },
    })
    const token = jwt.createAccessToken('alice', { additionalClaims: { sid: 's', auth_time: 1 } })
    const getSession = makeSessionReader(jwt)
    await expect(getSession({ authorization: `Bearer ${token}` })).rejects.toMatchObject({ code: 'revocation_unknown' })
    expect(await getSession({ authorization: `Bearer ${token}x` })).toBeUndefined()
  })
})
