import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Provider } from 'oidc-provider'

/** The path to which oidc-provider sends a user who has to log in; its default. */
export const LOGIN_PATH = '/interaction/'

/**
 * Shows the login form, and takes what was typed: `login` alone, for test accounts have no password. Anything else that
 * oidc-provider might ask of a person is refused, since first-party clients need no consent.
 *
 * @param isAccount whether an account with that login exists
 */
export async function answerLogin(
  provider: Provider,
  isAccount: (login: string) => boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid, prompt } = await provider.interactionDetails(request, response)
  if (prompt.name !== 'login') {
    const refusal = { error: 'access_denied', error_description: `no ${prompt.name} here` }
    await provider.interactionFinished(request, response, refusal)
    return
  }
  if (request.method !== 'POST') {
    showForm(response, 200, uid)
    return
  }
  const login = new URLSearchParams(await text(request)).get('login') ?? ''
  if (isAccount(login)) {
    await provider.interactionFinished(request, response, { login: { accountId: login } })
  } else {
    showForm(response, 401, uid)
  }
}

function showForm(response: ServerResponse, status: number, uid: string): void {
  const hint = status === 200 ? '' : '<p>There is no account with that login.</p>'
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Test identity provider</title>
<h1>Test identity provider</h1>
<p>It is for tests, so it knows no passwords: type the login of an account, such as alice or bob.</p>
<form method="post" action="${LOGIN_PATH}${uid}">
  ${hint}
  <label>Login <input name="login" autofocus></label>
  <button>Log in</button>
</form>
`)
}
