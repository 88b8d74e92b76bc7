import { html, type Html } from './html.ts'
import type { Page } from './page-shell.ts'

/** The page of a person who is signed out here, and has not come back from the identity provider. */
export const SIGNED_OUT_HERE: Page = signedOutPage(
  html`<p>
    Your session at this portal has ended. The identity provider may still know this browser: it
    offers no sign-out, did not answer, or has not sent you back. On a device that others use, sign
    out there too, or close all windows of this browser.
  </p>`,
)

/** The page of a person whom the identity provider has sent back from its own sign-out. */
export const CAME_BACK: Page = signedOutPage(
  html`<p>
    Your session at this portal has ended, and the identity provider has sent you back from its own
    sign-out. If you chose there to stay signed in, it still knows this browser.
  </p>`,
)

function signedOutPage(text: Html): Page {
  const main = html`<section class="card alone">
    <h1>You are signed out</h1>
    ${text}
    <p><a class="button" href="/login">Sign in</a></p>
  </section>`
  return { title: 'You are signed out', main }
}

/** The page from which a browser goes to the sign-out of the identity provider by itself. */
export function leavingPage(url: string): Page {
  const main = html`<section class="card alone">
    <h1>You are signed out of this portal</h1>
    <p>The identity provider still knows this browser. You are taken there to sign out too.</p>
    <p><a class="button" href="${url}">Sign out at the identity provider</a></p>
  </section>`
  return { title: 'Signing out', main }
}
