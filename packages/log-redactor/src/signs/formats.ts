/** A format that an issuer made so that its secrets can be found. */
export interface SecretFormat {
  /** How messages call it, with its article. */
  readonly what: string
  /** The rule of gitleaks that finds it, if there is one. */
  readonly leakRule?: string
  /** The source of an expression that is in each such text: its letters alone, for a cheap first look. */
  readonly mark: string
  /** Finds it in a text, where another word may not stand right before it. */
  readonly pattern: RegExp
  /** How a fresh one is made: `{hex:64}` are 64 random characters of that alphabet, `{jwt}` and `{private-key}` are whole ones. */
  readonly sample: string
}

/** No letter or digit is before, but for the last one of an escape (`\n`, `%3D`). */
const START = String.raw`(?<!(?<!\\|%[\dA-Fa-f])\w)`

/** `before` is public, and not part of what is found: its letters would make hexadecimal digits look less varied than they are. */
function starting(form: string, before?: string): RegExp {
  return new RegExp(before === undefined ? START + form : `(?<=${START}${before})${form}`)
}

const { raw } = String

/** Characters of a PEM file, also where its line ends are escaped. */
const PEM = raw`[\s\w+/=:,.\\-]`

/**
 * Unless noted otherwise, a pattern is that of the rule of gitleaks 8.30 (config/gitleaks.toml) that `leakRule` names. Each takes
 * linear time: a form without a bound cannot begin within itself.
 */
export const SECRET_FORMATS: readonly SecretFormat[] = [
  // RFC 7468, section 10 and 11, and what OpenSSL and OpenSSH write. Its body is at least 64 characters long.
  {
    what: 'a private key',
    leakRule: 'private-key',
    mark: 'PRIVATE KEY',
    pattern: new RegExp(
      `-----BEGIN (?:[A-Z\\d]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----${PEM}{64,}?` +
        `(?:-----END [A-Z\\d ]+-----|(?!${PEM}))`,
    ),
    sample: '{private-key}',
  },
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, "unique ID prefixes".
  {
    what: 'an AWS access key',
    leakRule: 'aws-access-token',
    mark: 'A3T|AKIA|ASIA|ABIA|ACCA',
    pattern: starting(raw`(?:A3T[A-Z\d]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b`),
    sample: 'AKIA{base32:16}',
  },
  // https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
  {
    what: 'a GitHub token',
    leakRule: 'github-pat',
    mark: 'gh[pousr]_',
    pattern: starting(raw`gh[pousr]_[\dA-Za-z]{36,251}\b`),
    sample: 'ghp_{alnum:36}',
  },
  {
    what: 'a GitHub token',
    leakRule: 'github-fine-grained-pat',
    mark: 'github_pat_',
    pattern: starting(raw`github_pat_\w{82}\b`),
    sample: 'github_pat_{alnum:82}',
  },
  // https://docs.gitlab.com/security/tokens/, "token prefixes".
  {
    what: 'a GitLab token',
    leakRule: 'gitlab-pat',
    mark: 'gl[a-z]+-',
    pattern: starting(raw`gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat)-[\w-]{20,}`),
    sample: 'glpat-{word:20}',
  },
  // https://api.slack.com/concepts/token-types
  {
    what: 'a Slack token',
    leakRule: 'slack-bot-token',
    mark: 'xox|xapp',
    pattern: starting(raw`(?:xox[abeoprs]-(?:\d+-)+[\w-]{10,}|xapp-\d-[A-Z\d]+-\d+-[a-z\d]+)`),
    sample: 'xoxb-{digits:12}-{digits:12}-{alnum:24}',
  },
  {
    what: 'a Slack webhook',
    mark: raw`hooks\.slack`,
    pattern: starting(raw`hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z\d+/]{43,56}`),
    sample: 'hooks.slack.com/services/{alnum:11}/{alnum:11}/{alnum:24}',
  },
  // https://docs.stripe.com/keys, "API keys": pk_ is publishable.
  {
    what: 'a Stripe key',
    leakRule: 'stripe-access-token',
    mark: '[sr]k_|whsec',
    pattern: starting(raw`(?:[sr]k_(?:live|test|prod)_[\dA-Za-z]{10,99}|whsec_[\dA-Za-z]{32,})\b`),
    sample: 'sk_live_{alnum:24}',
  },
  // https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
  {
    what: 'an npm token',
    leakRule: 'npm-access-token',
    mark: 'npm_',
    pattern: starting(raw`npm_[\dA-Za-z]{36}\b`),
    sample: 'npm_{alnum:36}',
  },
  // RFC 7519, section 3: three parts in base64url, the first two JSON objects, so that they begin with eyJ.
  {
    what: 'a JSON Web Token',
    leakRule: 'jwt',
    mark: 'eyJ',
    pattern: starting(raw`(?<!-)eyJ[\w-]{14,}\.eyJ[\w-]{14,}\.[\w-]{20,}`),
    sample: '{jwt}',
  },
  // https://cloud.google.com/docs/authentication/api-keys
  {
    what: 'a Google API key',
    leakRule: 'gcp-api-key',
    mark: 'AIza',
    pattern: starting(raw`AIza[\w-]{35}(?![\w-])`),
    sample: 'AIza{word:35}',
  },
  {
    what: 'an OpenAI key',
    mark: 'sk-',
    pattern: starting(
      raw`(?<!-)sk-(?:(?:proj|svcacct|admin)-)?[\w-]{20,200}?T3BlbkFJ[\w-]{20,200}`,
    ),
    sample: 'sk-proj-{alnum:74}T3BlbkFJ{alnum:74}',
  },
  {
    what: 'an Anthropic key',
    mark: 'sk-ant',
    pattern: starting(raw`sk-ant-(?:api|admin)\d\d-[\w-]{93}AA\b`),
    sample: 'sk-ant-api03-{alnum:93}AA',
  },
  {
    what: 'a SendGrid key',
    mark: raw`SG\.`,
    pattern: starting(raw`SG\.[\w-]{22}\.[\w-]{43}(?![\w-])`),
    sample: 'SG.{alnum:22}.{alnum:43}',
  },
  {
    what: 'a Hugging Face token',
    mark: 'hf_',
    pattern: starting(raw`hf_[A-Za-z]{34}\b`),
    sample: 'hf_{letters:34}',
  },
  {
    what: 'a DigitalOcean token',
    leakRule: 'digitalocean-pat',
    mark: 'do[opr]_v1',
    pattern: starting(raw`[\da-f]{64}\b`, 'do[opr]_v1_'),
    sample: 'dop_v1_{hex:64}',
  },
  {
    what: 'a Shopify token',
    mark: 'shp(?:at|ca|pa|ss)_',
    pattern: starting(raw`[\da-fA-F]{32}\b`, 'shp(?:at|ca|pa|ss)_'),
    sample: 'shpat_{hex:32}',
  },
  {
    what: 'a Vault token',
    leakRule: 'vault-service-token',
    mark: raw`hv[sbr]\.`,
    pattern: starting(raw`hv[sbr]\.[\w-]{90,}`),
    sample: 'hvs.{hex:95}',
  },
  // https://age-encryption.org/v1, "X25519 identity": Bech32, in capitals.
  {
    what: 'an age identity',
    mark: 'AGE-SECRET',
    pattern: starting(raw`AGE-SECRET-KEY-1[\dA-Z]{58}\b`),
    sample: 'AGE-SECRET-KEY-1{base32:58}',
  },
  // https://core.telegram.org/bots/features#botfather
  {
    what: 'a Telegram bot token',
    mark: '(?::|%3A)AA',
    pattern: starting(raw`\d{8,10}:AA[\w-]{33}(?![\w-])`),
    sample: '{digits:10}:AA{alnum:33}',
  },
  {
    what: 'a Grafana token',
    mark: 'glsa_',
    pattern: starting(raw`glsa_[\dA-Za-z]{32}_[\da-fA-F]{8}\b`),
    sample: 'glsa_{alnum:32}_{hex:8}',
  },
  {
    what: 'a Linear key',
    mark: 'lin_api',
    pattern: starting(raw`lin_api_[\dA-Za-z]{40}\b`),
    sample: 'lin_api_{alnum:40}',
  },
  {
    what: 'a Databricks token',
    mark: 'dapi',
    pattern: starting(raw`[\da-f]{32}\b`, 'dapi'),
    sample: 'dapi{hex:32}',
  },
  // packages/api-key-auth/src/spec/api-key-format.ts: prefix_environment_keyid_secret_checksum.
  {
    what: 'an API key of Rekey',
    mark: '_(?:prod|dev|test)_',
    pattern: starting(
      raw`[a-z][a-z0-9]{1,7}_(?:prod|dev|test)_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\b`,
    ),
    sample: 'rk_prod_{alnum:10}_{alnum:43}_{alnum:6}',
  },
]

/** In every text of one of the formats; spares all others the look at each. */
export const FORMAT_MARKS = new RegExp(SECRET_FORMATS.map(({ mark }) => mark).join('|'))
