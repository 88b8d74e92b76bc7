// ---- a-nonce-of-a-script.jsx
export const Page = () => <script nonce={Math.random().toString(36)} src="/main.js" /> // expect: guessable

// ---- a-token-of-a-component.jsx
export const Page = () => <Form csrfToken={String(Math.random())} /> // expect: guessable

// ---- a-key-of-an-item.jsx
export const List = ({ items }) => (
  <ul>
    {items.map((item) => (
      <li key={Math.random()} id={`item-${Math.random()}`}>
        {item}
      </li>
    ))}
  </ul>
)
