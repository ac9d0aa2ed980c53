/* global document, getComputedStyle, NodeFilter */
// Runs in the page: the least contrast of any text with what is behind it, and whose it is.
(() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour)
      .slice(0, 3)
      .map((channel) => channel / 255)
      .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    const [, , , alpha = 1] = channels(backgroundColor);
    return alpha > 0 || element.parentElement === null ? backgroundColor : backgroundOf(element.parentElement);
  };
  const contrasts = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement, textContent } = texts.currentNode;
    if (textContent.trim() === '' || parentElement.offsetParent === null) continue;
    const [dark, light] = [
      luminance(getComputedStyle(parentElement).color),
      luminance(backgroundOf(parentElement)),
    ].sort((one, other) => one - other);
    contrasts.push({ contrast: (light + 0.05) / (dark + 0.05), text: textContent.trim() });
  }
  const least = contrasts.reduce((one, other) => (other.contrast < one.contrast ? other : one));
  return { ...least, texts: contrasts.length, page: luminance(getComputedStyle(document.body).backgroundColor) };
})();
