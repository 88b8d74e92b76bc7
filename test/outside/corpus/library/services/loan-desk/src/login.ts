import type { RotatingClient } from '@rekey/oidc-client'
import type { Express } from 'express'
import * as openid from 'openid-client'

interface LoginParts {
  readonly members: RotatingClient
  readonly publicUrl: string
}

/** `GET /login` sends a member to the identity provider, which sends them back to `GET /callback`. */
export function addLogin(app: Express, { members, publicUrl }: LoginParts): void {
  const verifiers = new Map<string, string>()

  app.get('/login', async (_request, response) => {
    const [state, verifier] = [openid.randomState(), openid.randomPKCECodeVerifier()]
    verifiers.set(state, verifier)
    const url = openid.buildAuthorizationUrl(await members.configuration(), {
      redirect_uri: new URL('/callback', publicUrl).href,
      scope: 'openid email',
      state,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    response.redirect(url.href)
  })

  app.get('/callback', async (request, response) => {
    const callback = new URL(request.url, publicUrl)
    const expectedState = callback.searchParams.get('state') ?? ''
    const pkceCodeVerifier = verifiers.get(expectedState)
    verifiers.delete(expectedState)
    if (pkceCodeVerifier === undefined) {
      response.redirect('/login')
      return
    }
    const tokens = await members.authenticated((configuration) =>
      openid.authorizationCodeGrant(configuration, callback, { expectedState, pkceCodeVerifier }),
    )
    response.json({ member: tokens.claims()?.sub })
  })
}
