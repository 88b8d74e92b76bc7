export const geocode = (place: string) =>
  fetch(
    `https://maps.googleapis.com/maps/api/geocode/json?address=${place}&key=AIzaRANDOM_BASE64URL_35`,
  )
