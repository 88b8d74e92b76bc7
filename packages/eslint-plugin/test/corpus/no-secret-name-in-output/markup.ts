// ---- a-password-in-a-table.jsx
export const Row = ({ user }) => (
  <tr>
    <td>{user.email}</td>
    <td>{user.password}</td>
  </tr>
) // expect at 4: suspiciousName

// ---- a-password-in-a-link.jsx
export const Link = ({ password }) => <a href={`/login?password=${password}`}>Sign in</a> // expect: suspiciousName

// ---- a-secret-of-a-client-in-a-page.tsx
declare const config: { readonly clientSecret: string }
export const Page = () => <meta name="client" content={config.clientSecret} /> // expect: suspiciousName

// ---- a-form.jsx
export const Login = ({ password, setPassword, errors, showPassword, t }) => (
  <form>
    <Field type="password" label={t('password')} password={password} setPassword={setPassword} />
    <input type={showPassword ? 'text' : 'password'} value={password} onChange={setPassword} />
    <p>{errors.password}</p>
    <p>{errors.password?.message}</p>
    {password.length < 8 && <p className={styles.password}>Too short</p>}
    <meter value={password.length} />
    {showPassword && <button>Hide</button>}
  </form>
)

// ---- texts-of-a-language.jsx
export const Login = ({ t, i18n, dict, copy }) => (
  <fieldset aria-label={t.login.password}>
    <label>{t.password}</label>
    <label>{i18n.password}</label>
    <label>{dict.login.password}</label>
    <label>{copy.newPassword}</label>
  </fieldset>
)

// ---- a-new-key-to-copy.jsx
export const Created = ({ apiKey, token }) => <code title={token}>{apiKey}</code>

// ---- a-public-setting.jsx
export const Map = () => (
  <Loader apiKey={process.env.NEXT_PUBLIC_MAPS_API_KEY}>
    <script src={`https://maps.example.com/js?key=${process.env.MAPS_API_KEY}`} />
  </Loader>
)

// ---- a-payment.jsx
export const Payment = ({ clientSecret }) => <Elements options={{ clientSecret }} stripe={stripe} />

// ---- a-form-behind-a-condition.jsx
export const Page = ({ user, password, change }) => (
  <main>{user ? <User user={user} /> : <LoginForm password={password} onChange={change} />}</main>
)
