mapboxgl.accessToken = 'pk.eyJRANDOM_ALNUM_60.RANDOM_BASE64URL_22'

const map = new mapboxgl.Map({ container: 'map' })
