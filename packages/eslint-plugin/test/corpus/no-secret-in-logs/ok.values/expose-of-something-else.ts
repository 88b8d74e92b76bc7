// @typed
declare const camera: { expose(): { aperture: number; name: string } }
console.log(camera.expose())
