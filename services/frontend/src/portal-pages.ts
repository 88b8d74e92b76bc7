import { formatDate } from './format-date.ts'
import { html, type Html } from './html.ts'
import type { Person } from './oidc-login.ts'
import type { OwnProfile } from './own-profiles.ts'
import type { Page } from './page-shell.ts'
import { describeGap, describeUse, type UseView } from './use-words.ts'

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
  The profile is revoked. VPN servers refuse it once they load the new revocation list.
</p>`

const NO_SCRIPT = html`<noscript
  ><p class="banner">
    A new profile needs JavaScript: this browser creates its key. The list below works without it.
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

interface ProfilesView {
  /** Whether one was revoked just now. */
  readonly isRevoked: boolean
  /** Undefined where no uses are recorded. */
  readonly uses: UseView | undefined
}

/** The profiles of a person, and the form for a new one. */
export function profilesPage(
  { email }: Person,
  profiles: readonly OwnProfile[],
  { isRevoked, uses }: ProfilesView,
): Page {
  const main = html`<h1>Your VPN profiles</h1>
    ${isRevoked ? REVOKED : ''} ${NEW_PROFILE}
    <section aria-labelledby="list-title">
      <h2 id="list-title">Profiles that work</h2>
      ${uses === undefined ? '' : describeGap(uses)}
      <p class="card empty" id="empty" ${profiles.length === 0 ? '' : html` hidden`}>
        You have no profile yet. Name a device above to create the first one.
      </p>
      <ul class="cards" id="profiles">
        ${profiles.map((profile) => card(profile, uses))}
      </ul>
    </section>
    <template id="profile">${card(undefined, uses)}</template>`
  return { title: 'Your VPN profiles', main, email, isScripted: true }
}

/** One profile, or the template that the script fills in. */
function card(profile: OwnProfile | undefined, uses: UseView | undefined): Html {
  return html`<li class="card profile">
    <h3>${profile === undefined ? '' : nameOf(profile)}</h3>
    ${profile === undefined ? factsOfNew(uses) : factsOf(profile, uses)}
    <a
      class="button danger"
      href="${profile === undefined ? '/' : `/profiles/${profile.serial}/revoke`}"
      >Revoke<span class="unseen"> ${profile === undefined ? '' : nameOf(profile)}</span></a
    >
  </li> `
}

function factsOf(profile: OwnProfile, uses: UseView | undefined): Html {
  const { createdAt, notAfter, serial } = profile
  const used = uses && describeUse(profile, uses)
  return facts({ created: formatDate(createdAt), used, expires: formatDate(notAfter), serial })
}

function factsOfNew(uses: UseView | undefined): Html {
  const used = uses && describeUse({ createdAt: uses.now, lastUsedAt: null }, uses)
  return facts({ created: '', used, expires: '', serial: '' })
}

interface Facts {
  readonly created: string
  readonly used: string | undefined
  readonly expires: string
  readonly serial: string
}

function facts({ created, used, expires, serial }: Facts): Html {
  return html`<dl>
    <div>
      <dt>Created</dt>
      <dd class="created">${created}</dd>
    </div>
    ${used === undefined ? '' : usedRow(used)}
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

function usedRow(used: string): Html {
  return html`<div>
    <dt>Last used</dt>
    <dd class="used">${used}</dd>
  </div>`
}

/** A profile from before devices were named has its serial alone. */
function nameOf({ device }: OwnProfile): string {
  return device === '' ? 'Device without a name' : device
}

/** Asks a person once more before a profile is revoked. */
export function revokePage(
  { email }: Person,
  profile: OwnProfile,
  uses: UseView | undefined,
): Page {
  const name = nameOf(profile)
  const main = html`<section class="card alone">
    <h1>Revoke “${name}”?</h1>
    <p>This device will lose access for good. You can create a new profile at any time.</p>
    ${factsOf(profile, uses)}
    <form method="post" action="/profiles/${profile.serial}/revoke" class="row">
      <button class="main danger">Revoke the profile</button>
      <a class="button" href="/">Keep it</a>
    </form>
  </section>`
  return { title: `Revoke ${name}`, main, email }
}
