import { formatDate } from './format-date.ts'
import { html, type Html } from './html.ts'
import type { Person } from './oidc-login.ts'
import type { OwnProfile } from './own-profiles.ts'
import type { Page } from './page-shell.ts'

/** The page of a person who is not signed in. */
export const SIGN_IN: Page = {
  title: 'Sign in',
  main: html`<section class="card alone">
    <h1>Sign in</h1>
    <p>
      Create, see and revoke your VPN profiles here. You sign in at the identity provider of your
      organization; this portal never sees your password.
    </p>
    <p><a class="button" href="/login">Sign in</a></p>
  </section>`,
}

const REVOKED = html`<p class="notice" role="status">
  The profile is revoked. A VPN server refuses it as soon as it has the new revocation list.
</p>`

const NO_SCRIPT = html`<noscript
  ><p class="banner">
    A new profile needs JavaScript, since its key is made in this browser. The list below works
    without it.
  </p></noscript
>`

const NEW_PROFILE = html`<section class="card" aria-labelledby="new-title">
  <h2 id="new-title">New VPN profile</h2>
  <p class="quiet" id="new-hint">
    One for each device. Its private key is made in this browser and goes into the downloaded file
    alone: keep that file as you keep a password.
  </p>
  <form id="create" method="post" action="/profiles">
    <label for="device">Device</label>
    <div class="row">
      <input
        id="device"
        name="device"
        required
        maxlength="64"
        autocomplete="off"
        placeholder="Work laptop"
        aria-describedby="new-hint"
      />
      <button class="main" disabled>Create and download</button>
    </div>
  </form>
  ${NO_SCRIPT}
  <div id="outcome" role="status" tabindex="-1"></div>
</section>`

/** The profiles of a person, and the form for a new one. */
export function profilesPage(
  { email }: Person,
  profiles: readonly OwnProfile[],
  isRevoked: boolean,
): Page {
  const main = html`<h1>Your VPN profiles</h1>
    ${isRevoked ? REVOKED : ''} ${NEW_PROFILE}
    <section aria-labelledby="list-title">
      <h2 id="list-title">Profiles that work</h2>
      <p class="card empty" id="empty" ${profiles.length === 0 ? '' : html` hidden`}>
        You have no profile yet. Name a device above to create the first one.
      </p>
      <ul class="cards" id="profiles">
        ${profiles.map(card)}
      </ul>
    </section>
    <template id="profile">${card(undefined)}</template>`
  return { title: 'Your VPN profiles', main, email, isScripted: true }
}

/** One profile, or the template that the script fills in. */
function card(profile: OwnProfile | undefined): Html {
  return html`<li class="card profile">
    <h3>${profile === undefined ? '' : nameOf(profile)}</h3>
    ${profile === undefined ? facts('', '', '') : factsOf(profile)}
    <a
      class="button danger"
      href="${profile === undefined ? '/' : `/profiles/${profile.serial}/revoke`}"
      >Revoke<span class="unseen"> ${profile === undefined ? '' : nameOf(profile)}</span></a
    >
  </li> `
}

function factsOf({ createdAt, notAfter, serial }: OwnProfile): Html {
  return facts(formatDate(createdAt), formatDate(notAfter), serial)
}

function facts(created: string, expires: string, serial: string): Html {
  return html`<dl>
    <div>
      <dt>Created</dt>
      <dd class="created">${created}</dd>
    </div>
    <div>
      <dt>Expires</dt>
      <dd class="expires">${expires}</dd>
    </div>
    <div>
      <dt>Serial</dt>
      <dd><code class="serial">${serial}</code></dd>
    </div>
  </dl>`
}

/** A profile from before devices were named has its serial alone. */
function nameOf({ device }: OwnProfile): string {
  return device === '' ? 'Device without a name' : device
}

/** Asks a person once more before a profile is revoked. */
export function revokePage({ email }: Person, profile: OwnProfile): Page {
  const name = nameOf(profile)
  const main = html`<section class="card alone">
    <h1>Revoke “${name}”?</h1>
    <p>
      The device can connect no more with this profile, and it cannot be made to work again. You can
      create a new one at any time.
    </p>
    ${factsOf(profile)}
    <form method="post" action="/profiles/${profile.serial}/revoke" class="row">
      <button class="main danger">Revoke the profile</button>
      <a class="button" href="/">Keep it</a>
    </form>
  </section>`
  return { title: `Revoke ${name}`, main, email }
}
