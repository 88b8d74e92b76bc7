// ---- a-key-of-a-component.jsx
export const App = () => <Client apiKey="RANDOM_ALNUM_32" /> // expect: namedSecret

// ---- a-key-in-braces.tsx
export const App = () => <Client region="eu" apiKey={'RANDOM_ALNUM_32'} /> // expect: namedSecret

// ---- a-key-of-a-constant.jsx
const shown = 'RANDOM_ALNUM_32' // expect: namedSecret
export const App = () => <Client apiKey={shown} />

// ---- a-link-with-a-token.jsx
export const App = () => <img src="https://api.example.com/map?token=RANDOM_HEX_40" /> // expect: secretInText

// ---- an-attribute-with-a-password.jsx
export const App = () => <Connect user="admin" password="Winter2019!" /> // expect: namedSecret

// ---- settings-of-a-form.jsx
export const App = ({ token }) => (
  <form>
    <input type="password" name="password" autoComplete="current-password" placeholder="Password1" />
    <Client apiKey={token} password="" secret="true" token={undefined} passwordLabel="Your password" />
    <Field password="At least 8 characters" tokenName="csrf-token-of-the-form-2024" />
  </form>
)
