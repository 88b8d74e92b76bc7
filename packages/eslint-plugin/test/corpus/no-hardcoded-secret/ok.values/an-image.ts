export const logo = 'data:image/png;base64,iVBORw0KGgoRANDOM_BASE64_192'
