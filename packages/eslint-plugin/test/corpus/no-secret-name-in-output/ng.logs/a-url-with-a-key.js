export async function load(city, apiKey) {
  const url = `https://example.com/weather?q=${city}&appid=${apiKey}`
  console.log('GET', url)
  return fetch(url)
}
