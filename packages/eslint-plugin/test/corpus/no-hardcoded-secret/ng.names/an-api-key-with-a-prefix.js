const images = () =>
  fetch('https://api.example.com/v1/images', {
    headers: { 'x-api-key': 'live_RANDOM_ALNUM_64' },
  })
module.exports = { images }
