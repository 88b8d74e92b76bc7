import type { Behaviour } from './third-party.ts'

/** How one third party behaves, modelled on what a service documents of itself: a model, and no statement about that service. */
export interface ThirdPartyRow extends Behaviour {
  readonly modelledOn: string
}

/** Ten third parties. Times are shorter than real ones, in the same order. */
export const THIRD_PARTIES: readonly ThirdPartyRow[] = [
  {
    modelledOn: 'AWS IAM access keys',
    most: 2,
    takesValues: false,
    readsLagMs: 8_000,
    ignoresKeys: true,
  },
  {
    modelledOn: 'Stripe API keys, rolled with an end',
    most: 10,
    takesValues: false,
    endsAfterMs: 120_000,
  },
  {
    modelledOn: 'SendGrid API keys',
    most: 100,
    takesValues: false,
    ignoresKeys: true,
    perMinute: 20,
  },
  {
    modelledOn: 'Datadog API keys',
    most: 50,
    takesValues: false,
    keepsLast: true,
    readsLagMs: 5_000,
  },
  { modelledOn: 'GitHub App private keys', most: 25, takesValues: false, keepsLast: true },
  { modelledOn: 'Auth0 client secret, set by its owner', most: 1, takesValues: true },
  { modelledOn: 'Okta client secrets', most: 2, takesValues: true, keepsLast: true, perMinute: 30 },
  {
    modelledOn: 'Entra ID app passwords',
    most: 100,
    takesValues: false,
    startsAfterMs: 30_000,
    endsAfterMs: 20_000,
    readsLagMs: 5_000,
  },
  {
    modelledOn: 'Twilio auth tokens, promoted',
    most: 2,
    takesValues: false,
    keepsLast: true,
    ignoresKeys: true,
    locksAfter: 20,
  },
  { modelledOn: 'Cloudflare token roll', most: 1, takesValues: false, readsLagMs: 3_000 },
]
