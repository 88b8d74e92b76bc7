import type { KoaContextWithOIDC } from 'oidc-provider'

/**
 * Shows the form by which a person confirms the sign-out: the second button keeps them signed in here.
 *
 * @param form of oidc-provider, with the token of this page
 */
export function showSignOutForm(context: KoaContextWithOIDC, form: string): void {
  context.type = 'html'
  context.body = page(`<p>Sign out here too?</p>
${form.replace('</form>', '<button name="logout" value="yes">Yes, sign me out</button> <button>No, stay signed in</button></form>')}`)
}

/** Shows that a person is signed out, where the client named no page of its own. */
export function showSignedOut(context: KoaContextWithOIDC): void {
  context.type = 'html'
  context.body = page('<p>You are signed out.</p>')
}

function page(content: string): string {
  return `<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Test identity provider</title>
<h1>Test identity provider</h1>
${content}
`
}
