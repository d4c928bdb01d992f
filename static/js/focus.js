// Takes the reader to what needs another look, on a whole page and in a piece that htmx swaps in.
(() => {
  const focusSummary = (root) => {
    const summary = root.querySelector(".error-summary");
    if (summary) summary.focus();
  };

  focusSummary(document);
  document.addEventListener("htmx:afterSwap", (event) => focusSummary(event.target));
  // An answer with what to correct comes as 422 and is to be shown, like any other.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
})();
