// ---- an-element-with-a-prop.jsx
console.log(<Page token={secret.expose()} />) // expect: exposedSecret

// ---- an-element-in-an-element.jsx
const page = (
  <Layout>
    <>
      <p>{secret.expose()}</p>
    </>
  </Layout>
)
console.log('rendering', page) // expect: exposedSecret

// ---- an-element-with-a-handler.jsx
console.log(
  <Page load={() => secret.expose()} label={secret.label}>
    Report
  </Page>,
)

// ---- attributes-that-are-spread.jsx
const props = { token: secret.expose() }
console.debug({ page: <Page {...props} /> }) // expect: exposedSecret
