export const weather = (city: string) =>
  fetch(`https://api.example.com/data?q=${city}&appid=RANDOM_HEX_32`)
