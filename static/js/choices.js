// Shortens a long list of choices to those with the letters that are typed above it. What is ticked stays in view.
(() => {
  const isSearch = (element) => element.matches(".choices-search input");

  document.addEventListener("input", (event) => {
    if (!isSearch(event.target)) return;
    const letters = event.target.value.trim().toLocaleLowerCase();
    for (const choice of event.target.closest("fieldset").querySelectorAll(".choice")) {
      const fits = choice.textContent.toLocaleLowerCase().includes(letters);
      choice.hidden = !fits && !choice.querySelector("input").checked;
    }
  });
  // Who searches does not mean to send the form.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && isSearch(event.target)) event.preventDefault();
  });
})();
