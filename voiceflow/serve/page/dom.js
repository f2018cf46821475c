/** Elements by name, properties and children; text stays text. */

const SVG = "http://www.w3.org/2000/svg";

export function html(name, properties = {}, ...children) {
  return dressed(document.createElement(name), properties, children);
}

export function svg(name, properties = {}, ...children) {
  return dressed(document.createElementNS(SVG, name), properties, children);
}

function dressed(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The one element of the page with this id. */
export function byId(id) {
  return document.getElementById(id);
}
