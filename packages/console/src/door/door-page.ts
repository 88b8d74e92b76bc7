import type { Operator } from './operator.ts'

/** The page of a browser without a session. */
export function signInPage(): string {
  return doorPage(
    'Sign in',
    `<p>This console shows the secrets of a family of services: names, versions and counts, and no value.</p>
      <p><a class="button" href="/login">Sign in</a></p>`,
  )
}

/** The page of a sign-in that failed. */
export function failedPage(reason: string): string {
  return doorPage(
    'You are not signed in',
    `<p>${escape(reason)}</p>
      <p><a class="button" href="/login">Sign in again</a></p>`,
  )
}

/** The page of a person without a role. */
export function forbiddenPage({ name, subject, issuer }: Operator, demand: string): string {
  return doorPage(
    'You may not see this console',
    `<p>You are signed in as <strong>${escape(name)}</strong>, <code>${escape(subject)}</code> at <code>${escape(issuer)}</code>.</p>
      <p>${escape(demand)} Ask for one at the identity provider, sign out, and sign in again.</p>
      <form method="post" action="/logout"><button class="button">Sign out</button></form>`,
  )
}

/** The page from which a browser goes to the sign-out of the identity provider by itself. */
export function leavingPage(url: string): string {
  return doorPage(
    'You are signed out of this console',
    `<p>The identity provider still knows this browser. You are taken there to sign out too.</p>
      <p><a class="button" href="${escape(url)}">Sign out at the identity provider</a></p>`,
  )
}

/** The page of a browser that is signed out, and whether the identity provider has sent it back from its own sign-out. */
export function signedOutPage(cameBack: boolean): string {
  const provider = cameBack
    ? 'The identity provider has sent you back from its own sign-out. If you chose there to stay signed in, it still knows this browser.'
    : 'The identity provider may still know this browser: it offers no sign-out, did not answer, or has not sent you back.'
  return doorPage(
    'You are signed out',
    `<p>Your session at this console has ended. ${provider}</p>
      <p><a class="button" href="/login">Sign in</a></p>`,
  )
}

function doorPage(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} - Rekey console</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/style.css" />
  </head>
  <body>
    <header class="top">
      <p class="brand"><img src="/icon.svg" alt="" width="28" height="28" /> Rekey console</p>
    </header>
    <main>
    <section class="empty door">
      <h1>${title}</h1>
      ${content}
    </section>
    </main>
  </body>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '')
}
