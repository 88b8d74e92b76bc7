export const load = () =>
  fetch('https://api.example.com', {
    headers: { Authorization: 'Bearer RANDOM_BASE64URL_40' },
  })
